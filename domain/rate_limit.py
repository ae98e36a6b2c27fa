"""How often something may be tried: a budget that refills steadily."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """No half-open span of ``window`` admits more than ``limit`` attempts, wherever it begins.

    This is the generic cell rate algorithm (GCRA, ITU-T I.371). A throttle keeps one time for each
    budget: the time at which it is full again. An attempt moves that time ``interval`` further. It
    is admitted if that time is at most ``burst - 1`` intervals away.

    A full budget admits ``burst`` attempts at once, three quarters of ``limit``. Of a span that
    begins with them, the rest refills. So a used up budget admits another attempt after one
    ``interval``, which is at most half of ``window``. Only a ``limit`` of 1 waits a whole window.
    """

    limit: int
    window: timedelta

    def __post_init__(self) -> None:
        if self.limit < 1 or self.window <= timedelta(0):
            raise ValueError("a rate limit admits at least one attempt in a window above zero")

    @property
    def burst(self) -> int:
        """How many attempts a full budget admits at once."""
        return max(1, self.limit * 3 // 4)

    @property
    def interval(self) -> timedelta:
        """How long a used up budget takes until it admits one more attempt."""
        # Within a window that begins with a burst, refills - 1 attempts follow it: the window is
        # half-open. Rounded up, so that the sum never exceeds the limit.
        refills = self.limit - self.burst + 1
        return -(-self.window // (refills * _MICROSECOND)) * _MICROSECOND

    def latest_full_at(self, now: datetime) -> datetime:
        """The latest time of a full budget with which it still admits an attempt at ``now``."""
        return now + (self.burst - 1) * self.interval

    def exhausted_at(self, now: datetime) -> datetime:
        """When a budget is full again that is used up at ``now``."""
        return now + self.burst * self.interval
