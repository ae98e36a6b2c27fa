"""The counter of login attempts, in memory."""

from ...domain.login_attempt import LoginAttempt
from ...ports.login_throttle import LoginThrottle
from .tables import Tables


class MemoryLoginThrottle(LoginThrottle):
    """Counts attempts in ``tables``; a new window sweeps out those before the last.

    The last one stays, for those who read the clock just before it ended.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._newest_window = 0.0

    def charge(self, attempt: LoginAttempt) -> bool:
        place = _place(attempt)
        with self._tables.lock:
            if place[1] > self._newest_window:
                self._sweep(before=self._newest_window)
                self._newest_window = place[1]
            attempts = self._tables.attempts
            count = attempts.get(place, 0)
            if count >= attempt.limit:
                return False
            attempts[place] = count + 1
            return True

    def refund(self, attempt: LoginAttempt) -> None:
        place = _place(attempt)
        with self._tables.lock:
            count = self._tables.attempts.get(place, 0)
            if count > 1:
                self._tables.attempts[place] = count - 1
            else:
                self._tables.attempts.pop(place, None)

    def _sweep(self, before: float) -> None:
        attempts = self._tables.attempts
        for place in [place for place in attempts if place[1] < before]:
            del attempts[place]


def _place(attempt: LoginAttempt) -> tuple[str, float]:
    return attempt.key, attempt.window_ends_at.timestamp()
