"""Joins checks of the same session: one asks the source, the others wait for its answer."""

from collections.abc import Callable
from threading import Event, Lock

from ...domain.errors import CheckerUnavailableError
from .cached_answer import CachedAnswer


class PendingCheck:
    """A check that asked the source and has no answer yet."""

    def __init__(self, began: float) -> None:
        self.began = began
        """When the check began, in monotonic seconds."""
        self.answer: CachedAnswer | None = None
        self.error: CheckerUnavailableError | None = None
        self.finished = Event()


class PendingChecks:
    """The pending checks. For each ``session_id``, only the latest can be joined."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._pending: dict[str, PendingCheck] = {}

    def join_or_start(
        self, session_id: str, may_join: Callable[[float], bool]
    ) -> tuple[PendingCheck, bool]:
        """A pending check to wait for, or a new one that the caller must run and finish.

        Args:
            session_id: the session to check.
            may_join: says whether the answer of a check that began at this time is good enough.

        Returns:
            The check, and whether it is new.
        """
        with self._lock:
            pending = self._pending.get(session_id)
            if pending is not None and may_join(pending.began):
                return pending, False
            pending = self._pending[session_id] = PendingCheck(self._monotonic())
            return pending, True

    def finish(self, session_id: str, pending: PendingCheck) -> None:
        """Wake the threads that wait for ``pending``. Store its answer or error before."""
        with self._lock:
            # A later check may have replaced this one.
            if self._pending.get(session_id) is pending:
                del self._pending[session_id]
        pending.finished.set()
