"""Serves the metrics on a port of their own, which no customer has to reach."""

import logging
from threading import Event, Thread
from typing import Final

import falcon

from ...adapters.metrics.exposition import Exposition
from .metrics_resource import MetricsResource
from .router import HeadRouter
from .server import Server
from .serving.limits import ServerLimits

LOGGER: Final = logging.getLogger("cybershop_customer.metrics")

RETRY_SECONDS: Final = 5.0
"""How long it waits until it tries again to listen."""

STOP_SECONDS: Final = 2.0
_THREADS: Final = 2
_LIMITS: Final = ServerLimits(connections=20, stop_seconds=1)


class MetricsServer:
    """Listens in a thread of its own.

    Of several processes of the service, one has the port. When that one ends, another one takes it.
    The service serves customers also while the port cannot be had.
    """

    def __init__(self, exposition: Exposition, *, host: str, port: int) -> None:
        self._app = falcon.App[falcon.Request, falcon.Response](router=HeadRouter())
        self._app.add_route("/metrics", MetricsResource(exposition), compile=True)
        self._host = host
        self._port = port
        self._shares_port = not exposition.counts_alone
        self._stopped = Event()
        self._listens = Event()
        self._server: Server | None = None
        self._thread = Thread(target=self._run, name="metrics", daemon=True)

    def start(self) -> None:
        """Start the thread. If the system refuses a new one, the metrics are not served."""
        try:
            self._thread.start()
        except RuntimeError as error:
            LOGGER.critical("metrics are never served on port %d: %s", self._port, error)

    def wait_for_url(self, seconds: float) -> str | None:
        """Where it listens, or None if it does not listen within this time."""
        self._listens.wait(seconds)
        return None if self._server is None else self._server.url

    def stop(self) -> None:
        """Stop serving, within ``STOP_SECONDS``."""
        self._stopped.set()
        if self._server is not None:
            self._server.stop()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _run(self) -> None:
        server = self._listen()
        while server is None:
            if self._stopped.wait(RETRY_SECONDS):
                return
            server = self._listen()
        self._server = server
        self._listens.set()
        if self._stopped.is_set():
            server.stop()
        server.run()
        server.close()

    def _listen(self) -> Server | None:
        try:
            return Server(
                self._app, host=self._host, port=self._port, threads=_THREADS, limits=_LIMITS
            )
        except (OSError, ValueError) as error:
            # With several processes this is the usual case, once for each of them.
            level = logging.DEBUG if self._shares_port else logging.ERROR
            LOGGER.log(level, "metrics are not served on port %d: %s", self._port, error)
            return None
