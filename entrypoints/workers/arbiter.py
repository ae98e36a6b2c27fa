"""Starts, replaces and stops the workers."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# pyright: reportUnknownVariableType=false, reportIncompatibleVariableOverride=false

import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ...adapters.extras import requires_extra

with requires_extra("service"):
    from gunicorn.arbiter import Arbiter

from ..http.service_application import ServiceApplication
from ..http.serving.listening_sockets import close_sockets, url_of
from ..http.serving.syn_filter import drop_new_connections
from ..processes.stop_limit import SPARE_SECONDS, end_within
from ..processes.stop_signals import end_at_once_on
from .arbiter_log import LOGGER
from .gunicorn_application import WorkersApplication
from .share import settings_of_worker
from .shared_state import SharedState, temporary_folder
from .worker import WORKER_SIGNALS

if TYPE_CHECKING:
    from .metrics_folder import MetricsFolder


class ServiceArbiter(Arbiter):
    """gunicorn's arbiter, with the rules of ``serve`` for signals.

    SIGHUP replaces each worker by a new one. SIGTERM and SIGINT stop the service, and a second one
    ends it at once.
    """

    app: WorkersApplication

    def __init__(self, app: WorkersApplication, sockets: Sequence[socket.socket]) -> None:
        super().__init__(app)
        self.LISTENERS: list[Any] = [*sockets]

    def spawn_worker(self) -> Any:  # noqa: ANN401 (gunicorn has no types)
        """Start a worker. A signal that is sent meanwhile waits for the worker's own handlers."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, WORKER_SIGNALS)
        parent = os.getpid()
        try:
            return super().spawn_worker()
        finally:
            if os.getpid() == parent:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def stop(self, graceful: bool = True) -> None:  # noqa: FBT001, FBT002 (as gunicorn has it)
        """Stop the workers, after each in-flight request if ``graceful``."""
        self.app.state.note_stop()
        # The workers have one SPARE_SECONDS; this process has another one to end them.
        limit = self.app.settings.stop_seconds + 2 * SPARE_SECONDS
        end_within(limit, lambda: self.kill_workers(signal.SIGKILL))
        if graceful:
            end_on_second_signal(self)
        for listening in self.LISTENERS:
            drop_new_connections(listening)
        super().stop(graceful)

    def reload(self) -> None:
        """Start new workers, and let the old ones end after their in-flight requests."""
        LOGGER.info("reload: new workers replace the present ones")
        super().reload()

    def handle_int(self) -> None:
        """Ctrl-C is a stop like any other."""
        self.handle_term()

    def handle_ttin(self) -> None:
        """Nothing: the limits are divided by the number of workers, which stays."""

    handle_ttou = handle_usr2 = handle_winch = handle_ttin


def end_on_second_signal(arbiter: ServiceArbiter) -> None:
    """Let the next SIGINT or SIGTERM end the service at once, with all workers."""

    def end(number: int, _frame: object) -> None:
        arbiter.kill_workers(signal.SIGKILL)
        end_at_once_on(signal.Signals(number))
        os.kill(os.getpid(), number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)


def serve_with_workers(
    application: ServiceApplication,
    sockets: Sequence[socket.socket],
    announce: Callable[[str], None],
) -> bool:
    """Serve until SIGINT or SIGTERM with as many workers as the settings of ``application`` say.

    Args:
        application: it must not have started.
        sockets: where to listen; they are closed at the end.
        announce: called with the URL of the service before the first worker starts.

    Returns:
        Whether every in-flight request was answered.
    """
    settings = application.settings
    process = os.getpid()
    with ExitStack() as stack:
        stack.callback(close_sockets, sockets)
        state = SharedState(temporary_folder())
        stack.callback(state.close)
        metrics_folder = _open_metrics(application, stack)
        application.settings = replace(
            settings_of_worker(settings),
            # CUSTOMER_PORT may be 0; links of the demo name the port.
            port=sockets[0].getsockname()[1],
            check_admin_password=False,
        )
        application.ensure_once = state.ensure_once
        announce(url_of(sockets[0]))
        service = WorkersApplication(application, settings.workers, state, metrics_folder)
        try:
            ServiceArbiter(service, sockets).run()
        except SystemExit as ended:
            if os.getpid() != process:
                raise  # This is a worker.
            return not ended.code and not state.unfinished
    return True


def _open_metrics(application: ServiceApplication, stack: ExitStack) -> "MetricsFolder | None":
    """Let the workers count together, if they count. ``stack`` removes what that needs."""
    settings = application.settings
    if not settings.counts_metrics:
        return None
    from .metrics_folder import MetricsFolder  # noqa: PLC0415 (prometheus-client is slow)

    folder = MetricsFolder()
    stack.callback(folder.close)
    if settings.metrics_port is not None:
        from ..http.metrics_server import open_metrics_sockets  # noqa: PLC0415

        application.metrics_sockets = open_metrics_sockets(settings.host, settings.metrics_port)
        stack.callback(close_sockets, application.metrics_sockets)
    return folder
