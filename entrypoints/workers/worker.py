"""A worker process: the server of ``http/server.py`` on the sockets of the arbiter."""

# pyright: reportIncompatibleVariableOverride=false

import faulthandler
import os
import signal
import sys
from types import FrameType
from typing import Final

from ...adapters.extras import requires_extra

with requires_extra("service"):
    from gunicorn.workers.base import Worker

from ..http.server import Server
from ..http.service_application import STOP_SECONDS
from ..http.serving.open_files import fit_open_files
from ..processes.leave import leave
from ..processes.stop_limit import SPARE_SECONDS, end_within
from .arbiter_log import LOGGER
from .gunicorn_application import WorkersApplication

WORKER_SIGNALS: Final = frozenset((signal.SIGTERM, signal.SIGQUIT))
"""Signals that a process does not receive between its fork and its own handlers."""


class ServingWorker(Worker):
    """One of the arbiter's processes. SIGTERM makes it finish its in-flight requests."""

    app: WorkersApplication
    alive: bool
    _server: Server | None = None

    def init_signals(self) -> None:
        """Handle signals as ``serve`` does in one process."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            # They are meant for the arbiter. The terminal sends Ctrl-C to every process.
            signal.signal(number, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._stop)
        # The arbiter sends SIGABRT to a worker whose event loop stands still: say where.
        faulthandler.enable()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WORKER_SIGNALS)

    def run(self) -> None:
        """Serve requests until a signal asks for a stop. Exits with 1 if one got no answer."""
        application, settings, state = self.app.service, self.app.settings, self.app.state
        self._server = server = Server(
            application,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            limits=fit_open_files(settings.server_limits),
            sockets=self.sockets,
            on_turn=self._live,
        )
        if not self.alive:
            self._stop_server()
        application.start()
        LOGGER.info("worker %d serves", os.getpid())
        finished = server.run()
        server.close()
        application.stop(max(STOP_SECONDS, server.stop_seconds_left))
        if not finished:
            state.note_unfinished()
        if self.app.metrics_folder is not None and os.getppid() != self.ppid:
            self.app.metrics_folder.remove()
        LOGGER.info("worker %d ends", os.getpid())
        sys.exit(leave(0 if finished else 1))

    def _live(self) -> None:
        """Tell the arbiter that this worker lives, and stop it if the arbiter has ended."""
        self.notify()
        if self.alive and os.getppid() != self.ppid:
            self.app.state.note_stop()
            self.alive = False
            self._stop_server()
            LOGGER.warning("the process that starts the workers has ended, so this one ends too")

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.alive = False
        self._stop_server()

    def _stop_server(self) -> None:
        limit = self.app.settings.stop_seconds + SPARE_SECONDS
        end_within(limit, self.app.state.note_unfinished)
        if self._server is not None:
            # While others go on, the system's queue of new connections is theirs.
            self._server.stop(accept_waiting=self.app.state.stopping)
