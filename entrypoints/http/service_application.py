"""The whole service as one WSGI application, for ``serve`` and for any other WSGI server.

Servers load an application in one process and serve it in others, so each process makes its own
connections and threads.
"""

import logging
import os
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import FieldFault, SettingsError
from ...domain.loopback import is_loopback
from ...ports.background import Background
from ...ports.breached_passwords import BreachedPasswords
from ...ports.hashing_lane import HashingLane
from ...ports.storage import Storage
from ..container import Container, make_container
from ..demo import add_samples
from ..logs import log_to_stderr
from ..mail import check_mail
from ..read_settings import read_settings
from ..settings import Settings, unknown_settings
from ..store import make_store
from ..tracing import check_tracing
from .app import create_app
from .startup_task import StartupTask

if TYPE_CHECKING:
    from ...adapters.metrics.exposition import Exposition
    from ...adapters.opentelemetry.tracing import Tracing
    from .metrics_server import MetricsServer

LOGGER: Final = logging.getLogger("cybershop_customer.start")
FIRST_TRY_SECONDS: Final = 0.8
"""How long a request waits for the first try of the startup task.

This is less than one second, the default timeout of a Kubernetes probe.
"""

STOP_SECONDS: Final = 2.0
"""How long a stop waits for the work after the answers, such as mail, at least."""


class ServiceApplication:
    """The service, with its own parts in each process that serves it.

    The constructor opens no connection and starts no thread, so a server may load the
    application once and then fork its workers. The first request of a process, or ``start``,
    opens the connections and starts the startup task.

    The startup task ensures the admin, adds the samples and probes the store. It runs in the
    background, so that ``/livez`` works while the store is unavailable. The first requests wait
    for its first try, ``FIRST_TRY_SECONDS`` at most.

    Args:
        settings: the settings of the deployment.
        demo: whether the startup task adds the sample customers, and the pages below ``/demo`` are
            served.
    """

    def __init__(self, settings: Settings, *, demo: bool = False) -> None:
        self.settings = settings
        self.ensure_once: Callable[[Callable[[], None]], None] = lambda ensure: ensure()
        """Calls what ensures the admin and adds the samples. Several processes replace it, so that
        one of them does that for all."""
        self.metrics_sockets: Sequence[socket.socket] = ()
        """Where the metrics are served, if other processes of the service listen there too."""
        self._demo = demo
        self._process = ProcessLocal(self._make_process)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        process = self._process.get()
        process.start(environ)
        return process.app(environ, start_response)

    def start(self) -> None:
        """Start the startup task of this process now, and wait for its first try."""
        self._process.get().start({})

    def stop(self, wait_seconds: float = STOP_SECONDS) -> None:
        """Finish the work of this process within ``wait_seconds``, and close what it uses.

        Spans that wait are sent within ``STOP_SECONDS`` more. No request may follow.
        """
        process = self._process.get()
        process.startup_task.stop()
        if process.metrics_server is not None:
            process.metrics_server.stop()
        # Its work needs the store.
        process.background.close(wait_seconds)
        process.hashing_lane.close()
        process.breached_passwords.close()
        process.storage.close()
        if process.tracing is not None:
            process.tracing.close(STOP_SECONDS)

    def _make_process(self) -> "_Process":
        settings = self.settings
        container = make_container(settings)
        services, tracing = container.services(), container.tracing()
        startup_task = StartupTask(lambda: self._prepare(container), services.probe)
        exposition = _make_exposition(container)
        app = create_app(
            replace(services, probe=startup_task),
            feed_token=settings.session_feed_token,
            introspection_tokens=settings.introspection_tokens,
            trusted_proxies=settings.trusted_proxies,
            # The demo's admin is well known, so other web sites must not reach it.
            loopback_only=self._demo and is_loopback(settings.host),
            demo_pages=self._demo,
            api_docs=settings.api_docs,
            metrics=container.metrics(),
            metrics_page=exposition if settings.metrics else None,
            tracer=None if tracing is None else tracing.tracer,
        )
        return _Process(
            app,
            startup_task,
            storage=container.storage(),
            hashing_lane=container.hashing_lane(),
            breached_passwords=container.breached_passwords(),
            background=container.background(),
            tracing=tracing,
            in_memory=settings.storage == "memory",
            counts_alone=exposition is not None and exposition.counts_alone,
            metrics_server=_make_metrics_server(exposition, settings, self.metrics_sockets),
        )

    def _prepare(self, container: Container) -> None:
        self.ensure_once(lambda: self._ensure(container))
        container.services().probe.probe()

    def _ensure(self, container: Container) -> None:
        settings, services = self.settings, container.services()
        if settings.admin_id is not None and settings.admin_password is not None:
            services.roles.ensure_admin(settings.admin_id, settings.admin_password)
        if self._demo:
            add_samples(container)


class _Process:
    """The parts of one process."""

    def __init__(
        self,
        app: WSGIApplication,
        startup_task: StartupTask,
        *,
        storage: Storage,
        hashing_lane: HashingLane,
        breached_passwords: BreachedPasswords,
        background: Background,
        tracing: "Tracing | None",
        in_memory: bool,
        counts_alone: bool,
        metrics_server: "MetricsServer | None",
    ) -> None:
        self.app = app
        self.startup_task = startup_task
        self.storage = storage
        self.hashing_lane = hashing_lane
        self.breached_passwords = breached_passwords
        self.background = background
        self.metrics_server = metrics_server
        self.tracing = tracing
        self._in_memory = in_memory
        self._counts_alone = counts_alone
        self._started = False

    def start(self, environ: WSGIEnvironment) -> None:
        """Start the startup task unless it is started, and wait for its first try."""
        if not self._started:
            started = self.startup_task.start(FIRST_TRY_SECONDS)
            if self._in_memory and environ.get("wsgi.multiprocess") and not self._started:
                LOGGER.warning(
                    "CUSTOMER_STORAGE is memory, but this server runs several processes: each has"
                    " its own customers and sessions. Use sqlite or dynamodb, or one process."
                )
            if self._counts_alone and environ.get("wsgi.multiprocess") and not self._started:
                LOGGER.warning(
                    "Metrics are on, but this server runs several processes, and each"
                    " serves its own counts. Let PROMETHEUS_MULTIPROC_DIR name an empty folder"
                )
            self._started = started


def _make_exposition(container: Container) -> "Exposition | None":
    """What ``/metrics`` serves, or None if nothing is counted."""
    metrics = container.metrics()
    if metrics is None:
        return None
    from ...adapters.metrics.exposition import (  # noqa: PLC0415 (prometheus-client is slow)
        FOLDER_VARIABLE,
        Exposition,
    )

    return Exposition(metrics, os.environ.get(FOLDER_VARIABLE) or None)


def _make_metrics_server(
    exposition: "Exposition | None", settings: Settings, sockets: Sequence[socket.socket]
) -> "MetricsServer | None":
    """The server on ``metrics_port``, which listens from now on; None without that port."""
    if exposition is None or settings.metrics_port is None:
        return None
    from .metrics_server import MetricsServer  # noqa: PLC0415

    server = MetricsServer(
        exposition, host=settings.host, port=settings.metrics_port, sockets=sockets
    )
    server.start()
    return server


def make_application(environ: Mapping[str, str], *, demo: bool = False) -> ServiceApplication:
    """The application with the settings in ``environ``. It logs to the standard error.

    docs/logs.md describes the log. If the root logger has a handler already, the log goes to that
    handler instead.

    Raises:
        SettingsError: a setting is wrong, or uWSGI runs without threads. The error names every
            wrong setting.
    """
    settings = read_settings(environ, demo=demo)
    make_store(settings).check_settings()
    check_mail(settings)
    if settings.counts_metrics:
        _check_metrics_folder(environ)
    check_tracing(settings)
    _require_threads()
    log_to_stderr(settings.log_format, settings.log_level, environ=environ)
    for warning in unknown_settings(environ):
        LOGGER.warning(warning)
    return ServiceApplication(settings, demo=demo)


def _require_threads() -> None:
    """Raise SettingsError in a uWSGI that does not run Python threads.

    Some builds of uWSGI run threads only with an option. Without threads the startup task never
    ends, and no log line says why.
    """
    try:
        uwsgi = import_module("uwsgi")
    except ImportError:
        return  # Only uWSGI has this module.
    options = {"enable-threads", "threads"} & {*getattr(uwsgi, "opt", ())}
    if not options or not getattr(uwsgi, "has_threads", True):
        detail = "must be started with --enable-threads, or with --threads and a number"
        raise SettingsError([FieldFault("uWSGI", detail)])


def _check_metrics_folder(environ: Mapping[str, str]) -> None:
    """Raise SettingsError if the processes cannot count together in the folder that is named."""
    name = "PROMETHEUS_MULTIPROC_DIR"
    folder = environ.get(name)
    if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK)):
        raise SettingsError([FieldFault(name, "must be an empty folder that can be written to")])
