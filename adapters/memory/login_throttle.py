"""The login throttle in memory."""

from collections import OrderedDict
from typing import Final

from ...domain.login_attempt import LoginAttempt
from ...ports.login_throttle import LoginThrottle
from .attempt_counts import AttemptCounts
from .tables import Tables

_KEPT_SECONDS: Final = 24 * 60 * 60
"""How long counts are kept after their window: as long as in DynamoDB."""

_WINDOWS_WITH_NAMES: Final = 2
"""The current window and the previous one, for threads that read the clock before its end."""


class MemoryLoginThrottle(LoginThrottle):
    """Counts attempts in ``tables``, in bounded memory, and never admits more than the limit.

    Counts age by the monotonic clock. If the clock jumps ahead and back, an exhausted window is
    still exhausted.

    Args:
        tables: holds the counts.
        max_names: the most names of one window that have their own counts. Other names, and all
            names of older windows, share counts (see ``AttemptCounts``).
        buckets: the number of shared counts of a window.
        max_windows: the most windows that are kept. More arise only if the clock jumps or a
            window is a few minutes long; then the oldest is dropped. A dropped window refuses
            every attempt for the time that it would have been kept.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        max_names: int = 20_000,
        buckets: int = 16_384,
        max_windows: int = 128,
    ) -> None:
        self._tables = tables
        self._max_names = max_names
        self._buckets = buckets
        self._max_windows = max_windows
        self._dropped: OrderedDict[float, float] = OrderedDict()
        """When each dropped window may be forgotten, in monotonic seconds."""

    def charge(self, attempt: LoginAttempt) -> bool:
        with self._tables.lock:
            counts = self._counts(attempt)
            return counts is not None and counts.charge(attempt.key, attempt.limit)

    def refund(self, attempt: LoginAttempt) -> None:
        with self._tables.lock:
            counts = self._tables.attempts.get(attempt.window_ends_at.timestamp())
            if counts is not None:
                counts.refund(attempt.key)

    def _counts(self, attempt: LoginAttempt) -> AttemptCounts | None:
        """The counts of the attempt's window, or None if the window was dropped."""
        now = self._tables.monotonic()
        windows, window = self._tables.attempts, attempt.window_ends_at.timestamp()
        counts = windows.get(window)
        if counts is None:
            if now < self._dropped.get(window, now):
                return None
            counts = AttemptCounts(max_names=self._max_names, buckets=self._buckets)
        counts.forget_at = now + attempt.window_seconds + _KEPT_SECONDS
        if next(reversed(windows), None) != window:
            # The window of the latest charge comes last.
            windows.pop(window, None)
            windows[window] = counts
            self._drop_old_windows(now)
        return counts

    def _drop_old_windows(self, now: float) -> None:
        windows = self._tables.attempts
        by_age = list(windows.items())
        for window, counts in by_age[:-_WINDOWS_WITH_NAMES]:
            counts.forget_names()
            if counts.forget_at <= now:
                del windows[window]
            elif len(windows) > self._max_windows:
                del windows[window]
                self._dropped[window] = counts.forget_at
        while self._dropped and next(iter(self._dropped.values())) <= now:
            self._dropped.popitem(last=False)
