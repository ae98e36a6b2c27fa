"""Serves the metrics on a port of their own, which no customer has to reach."""

import logging
import socket
from collections.abc import Sequence
from threading import Event, Thread
from typing import Final

import falcon

from ...adapters.metrics.exposition import Exposition
from .metrics_resource import MetricsResource
from .router import HeadRouter
from .server import Server
from .serving.limits import ServerLimits
from .serving.listening_sockets import open_listening_sockets

LOGGER: Final = logging.getLogger("cybershop_customer.metrics")

RETRY_SECONDS: Final = 5.0
"""How long it waits until it tries again to listen."""

STOP_SECONDS: Final = 2.0
_THREADS: Final = 2
_LIMITS: Final = ServerLimits(connections=20, stop_seconds=1)


class MetricsServer:
    """Listens in a thread of its own.

    The service serves customers also while the port cannot be had. Of several processes without
    ``sockets``, one has the port. When that one ends, another one takes it.

    Args:
        exposition: writes the metrics.
        host: where to listen.
        port: where to listen.
        sockets: listening sockets to use instead, which other processes of the service use too.
    """

    def __init__(
        self,
        exposition: Exposition,
        *,
        host: str,
        port: int,
        sockets: Sequence[socket.socket] = (),
    ) -> None:
        self._app = falcon.App[falcon.Request, falcon.Response](router=HeadRouter())
        self._app.add_route("/metrics", MetricsResource(exposition), compile=True)
        self._host = host
        self._port = port
        self._sockets = sockets
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
            self._stop_server(self._server)
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
            self._stop_server(server)
        server.run()
        server.close()

    def _stop_server(self, server: Server) -> None:
        # The system's queue of shared sockets is for the processes that go on.
        server.stop(accept_waiting=not self._sockets)

    def _listen(self) -> Server | None:
        try:
            return Server(
                self._app,
                host=self._host,
                port=self._port,
                threads=_THREADS,
                limits=_LIMITS,
                sockets=self._sockets,
            )
        except (OSError, ValueError) as error:
            # With several processes this is the usual case, once for each of them.
            level = logging.DEBUG if self._shares_port else logging.ERROR
            LOGGER.log(level, "metrics are not served on port %d: %s", self._port, error)
            return None


def open_metrics_sockets(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for several processes; none if the system refuses the port.

    They stay open while workers are replaced, and each worker answers with the sum of all. Without
    them, each ``MetricsServer`` tries again to have the port.
    """
    try:
        return open_listening_sockets(host, port)
    except (OSError, ValueError) as error:
        LOGGER.error("metrics are not served on port %d: %s", port, error)  # noqa: TRY400
        return []
