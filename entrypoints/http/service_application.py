"""The whole service as one WSGI application: what ``serve`` and every other server run."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import FieldFault, SettingsError
from ...domain.loopback import is_loopback
from ...ports.storage import Storage
from ..container import make_container
from ..demo import add_samples
from ..logs import log_to_stderr
from ..read_settings import read_settings
from ..services import Services
from ..settings import Settings, unknown_settings
from ..store import make_store
from .app import create_app
from .startup_task import StartupTask

LOGGER: Final = logging.getLogger("cybershop_customer.start")
FIRST_TRY_SECONDS: Final = 0.8
"""How long a request waits for the first try of the start: less than the second of a probe."""


class ServiceApplication:
    """The service, made anew in each process that serves it.

    Making one opens nothing. Connections, threads and the start's work (the admin, the samples,
    the first look at the store) come with the process's first request, or with ``start``. So a
    server may load the application once and fork its workers afterwards.

    The start's work goes on in the background, since a store that is away must not hold up
    ``/livez``. The first requests wait for its first try, ``FIRST_TRY_SECONDS`` at most.

    Args:
        settings: of the deployment.
        demo: whether the start adds the sample customers.
    """

    def __init__(self, settings: Settings, *, demo: bool = False) -> None:
        self.settings = settings
        self._demo = demo
        self._process = ProcessLocal(self._make_process)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        process = self._process.get()
        process.begin(environ)
        return process.app(environ, start_response)

    def start(self) -> None:
        """Begin in this process before its first request; wait a moment for the first try."""
        self._process.get().begin({})

    def stop(self) -> None:
        """End the start's work, and close the connections to the store. Serve nothing after it."""
        process = self._process.get()
        process.startup_task.stop()
        process.storage.close()

    def _make_process(self) -> "_Process":
        settings = self.settings
        container = make_container(settings)
        services = container.services()
        startup_task = StartupTask(lambda: self._prepare(services), services.probe)
        app = create_app(
            replace(services, probe=startup_task),
            feed_token=settings.session_feed_token,
            # While only this machine reaches the demo, pages of other sites must not either.
            loopback_only=self._demo and is_loopback(settings.host),
        )
        return _Process(app, startup_task, container.storage(), settings.storage)

    def _prepare(self, services: Services) -> None:
        settings = self.settings
        if settings.admin_id is not None and settings.admin_password is not None:
            services.roles.ensure_admin(settings.admin_id, settings.admin_password)
        if self._demo:
            add_samples(services.customers)
        services.probe.probe()


class _Process:
    """What belongs to one process."""

    def __init__(
        self, app: WSGIApplication, startup_task: StartupTask, storage: Storage, kind: str
    ) -> None:
        self.app = app
        self.startup_task = startup_task
        self.storage = storage
        self._in_memory = kind == "memory"
        self._begun = False

    def begin(self, environ: WSGIEnvironment) -> None:
        """Make sure that the start's work is under way; wait a moment for its first try."""
        if not self._begun:
            started = self.startup_task.start(FIRST_TRY_SECONDS)
            if self._in_memory and environ.get("wsgi.multiprocess") and not self._begun:
                LOGGER.warning(
                    "CUSTOMER_STORAGE is memory, but this server runs several processes: each has"
                    " its own customers and sessions. Use dynamodb, or one process."
                )
            self._begun = started


def make_application(environ: Mapping[str, str], *, demo: bool = False) -> ServiceApplication:
    """The application that the settings in ``environ`` describe; its log goes to standard error.

    Where the root logger has a handler already, the log goes there instead.

    Raises:
        SettingsError: names every setting that is wrong, or what the server lacks.
    """
    settings = read_settings(environ, demo=demo)
    make_store(settings).check_settings()
    _require_threads()
    log_to_stderr()
    for sentence in unknown_settings(environ):
        LOGGER.warning(sentence)
    return ServiceApplication(settings, demo=demo)


def _require_threads() -> None:
    """Raise SettingsError inside a uWSGI that is not told to run Python's threads.

    Builds of uWSGI differ in whether they run them unasked. Without them the start's work never
    ends, and nothing says so.
    """
    try:
        uwsgi = import_module("uwsgi")
    except ImportError:
        return  # Only uWSGI has this module.
    told = {"enable-threads", "threads"} & {*getattr(uwsgi, "opt", ())}
    if not told or not getattr(uwsgi, "has_threads", True):
        detail = "must be started with --enable-threads, or with --threads and a number"
        raise SettingsError([FieldFault("uWSGI", detail)])
