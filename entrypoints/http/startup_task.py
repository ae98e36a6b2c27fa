"""Prepares the store in the background, and makes ``/readyz`` wait for that.

The store may be unavailable when the service starts, so the task tries again until it succeeds.
"""

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

from ...domain.errors import (
    ServiceBusyError,
    StoreFaultError,
    StoreUnavailableError,
    VersionConflictError,
)
from ...ports.store_probe import StoreProbe
from .readiness_log import ReadinessLog

LOGGER: Final = logging.getLogger("cybershop_customer.start")
RETRY_SECONDS: Final = 5.0
_PASSING: Final = (
    ServiceBusyError,
    StoreFaultError,
    StoreUnavailableError,
    VersionConflictError,
)
"""Errors after which the task tries again."""


class StillStartingError(StoreUnavailableError):
    """The startup task has not succeeded yet."""

    def __str__(self) -> str:
        return "the service is starting and not ready yet"


class StartupTask(StoreProbe):
    """Calls ``prepare`` until it succeeds once. Until then its probe says: not ready.

    The log has one line when the service becomes ready, when it is not ready or for another reason,
    and when it is ready again. After the start, only a probe finds that out.

    Args:
        prepare: prepares the store. It is safe to repeat, and raises if it fails.
        probe: the store's probe, used after ``prepare`` has succeeded.
    """

    def __init__(self, prepare: Callable[[], None], probe: StoreProbe) -> None:
        self._prepare = prepare
        self._probe = probe
        self._start_once = Lock()
        self._first_try_ended = Event()
        self._succeeded = Event()
        self._stopped = Event()
        self._readiness = ReadinessLog()

    def start(self, wait: float) -> bool:
        """Start the background thread, and wait ``wait`` seconds at most for its first try.

        Later calls only wait.

        Returns:
            False if the system refused a new thread. The next call then tries to start it again.
        """
        if self._start_once.acquire(blocking=False):
            try:
                Thread(target=self._run, name="startup-task", daemon=True).start()
            except RuntimeError as error:
                self._start_once.release()
                self._readiness.note_not_ready(str(error))
                return False
        self._first_try_ended.wait(wait)
        return True

    def stop(self) -> None:
        """Stop trying."""
        self._stopped.set()

    def probe(self) -> None:
        if not self._succeeded.is_set():
            raise StillStartingError(retry_after=round(RETRY_SECONDS))
        try:
            self._probe.probe()
        except (StoreFaultError, StoreUnavailableError) as error:
            self._readiness.note_not_ready(_reason(error))
            raise
        self._readiness.note_ready()

    def _run(self) -> None:
        try:
            if not self._try():
                self._keep_trying()
        except Exception:
            LOGGER.critical("the startup task failed: this process is never ready", exc_info=True)

    def _keep_trying(self) -> None:
        while not self._stopped.wait(RETRY_SECONDS):
            if self._try():
                return

    def _try(self) -> bool:
        try:
            self._prepare()
        except _PASSING as error:
            self._readiness.note_not_ready(_reason(error))
            return False
        else:
            self._succeeded.set()
            self._readiness.note_ready()
            return True
        finally:
            self._first_try_ended.set()


def _reason(error: Exception) -> str:
    # The text of a StoreUnavailableError is about a caller's request, and here is no request.
    if isinstance(error, StoreUnavailableError):
        return f"the store is unavailable{_detail(error)}"
    return str(error)


def _detail(error: StoreUnavailableError) -> str:
    """What the store says to the operator; DynamoDB's adapter logs it by itself."""
    reason = getattr(error, "reason", None)
    return f": {reason}" if isinstance(reason, str) else ""
