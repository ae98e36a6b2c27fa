"""What gunicorn's arbiter is told about the service."""

# pyright: reportUnknownMemberType=false, reportIncompatibleMethodOverride=false

from typing import TYPE_CHECKING, Any, Final

from ...adapters.extras import requires_extra

with requires_extra("service"):
    from gunicorn.app.base import BaseApplication

from ..http.service_application import ServiceApplication
from ..processes.stop_limit import SPARE_SECONDS
from ..settings import Settings
from .arbiter_log import ArbiterLog
from .shared_state import SharedState, temporary_folder

if TYPE_CHECKING:
    from .metrics_folder import MetricsFolder

HEARTBEAT_SECONDS: Final = 30
"""How long the event loop of a worker may stand still before the arbiter replaces the worker."""


class WorkersApplication(BaseApplication):
    """The service, loaded once. The workers share its memory, and open connections of their own.

    Args:
        service: the application, whose settings are those of one worker.
        workers: how many processes serve it.
        state: what the processes know together.
        metrics_folder: where they count together; None if they count nothing.
    """

    def __init__(
        self,
        service: ServiceApplication,
        workers: int,
        state: SharedState,
        metrics_folder: "MetricsFolder | None",
    ) -> None:
        self.service = service
        self.state = state
        self.metrics_folder = metrics_folder
        self._workers = workers
        super().__init__()

    @property
    def settings(self) -> Settings:
        """The settings of one worker."""
        return self.service.settings

    def load_config(self) -> None:
        """Set what differs from gunicorn's defaults. Neither files nor variables are read."""
        from .worker import ServingWorker  # noqa: PLC0415 (it imports this module)

        values: dict[str, Any] = {
            "workers": self._workers,
            "worker_class": ServingWorker,
            "logger_class": ArbiterLog,
            "timeout": HEARTBEAT_SECONDS,
            "graceful_timeout": self.settings.stop_seconds + SPARE_SECONDS,
            "worker_tmp_dir": temporary_folder(),
            "preload_app": True,
            "proc_name": "cybershop-customer",
        }
        if self.metrics_folder is not None:
            values |= self.metrics_folder.hooks
        for name, value in values.items():
            self.cfg.set(name, value)
        # Newer versions of gunicorn open a socket for commands.
        if "control_socket_disable" in self.cfg.settings:
            self.cfg.set("control_socket_disable", True)  # noqa: FBT003

    def load(self) -> ServiceApplication:
        """The WSGI application."""
        return self.service
