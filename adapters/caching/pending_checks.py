"""Single flight: a check of a session that is being checked already waits for that result."""

from collections.abc import Callable
from threading import Event, Lock

from ...domain.errors import CheckerUnavailableError
from .cached_answer import CachedAnswer


class PendingCheck:
    """One check on its way."""

    def __init__(self, began: float) -> None:
        self.began = began
        """When it began, in monotonic seconds."""
        self.answer: CachedAnswer | None = None
        self.error: CheckerUnavailableError | None = None
        self.finished = Event()


class PendingChecks:
    """The checks on their way, one for each ``session_id`` at the most that others may join."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._pending: dict[str, PendingCheck] = {}

    def join_or_start(
        self, session_id: str, may_join: Callable[[float], bool]
    ) -> tuple[PendingCheck, bool]:
        """A pending check to wait for, or a new one for the caller to run; and whether it is new.

        ``may_join`` says of the time at which a pending began whether its answer will do.
        """
        with self._lock:
            pending = self._pending.get(session_id)
            if pending is not None and may_join(pending.began):
                return pending, False
            pending = self._pending[session_id] = PendingCheck(self._monotonic())
            return pending, True

    def finish(self, session_id: str, pending: PendingCheck) -> None:
        """Release those who wait for ``pending``. Its result is stored in it by then."""
        with self._lock:
            # A later one may have taken its place, for those who could not join it.
            if self._pending.get(session_id) is pending:
                del self._pending[session_id]
        pending.finished.set()
