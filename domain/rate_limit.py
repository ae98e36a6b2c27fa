"""How often something may be tried: a budget that refills steadily."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """No span of ``window`` admits more than ``limit`` attempts, wherever it begins.

    This is the generic cell rate algorithm (ITU-T I.371). A throttle keeps one time for each
    name: the time at which its budget is full again. An attempt moves that time ``interval``
    further. It is admitted while that time is no more than ``burst`` intervals away.

    A budget admits ``burst`` attempts at once, three quarters of ``limit``. The rest of ``limit``
    is what refills within one window. So no name is shut for a whole window.
    """

    limit: int
    window: timedelta

    @property
    def burst(self) -> int:
        """How many attempts a full budget admits at once."""
        return max(1, self.limit * 3 // 4)

    @property
    def interval(self) -> timedelta:
        """How long it takes until one more attempt is admitted."""
        refills = self.limit - self.burst + 1
        # Rounded up, so that the sum never exceeds the limit.
        return -(-self.window // (refills * _MICROSECOND)) * _MICROSECOND

    def latest_full_at(self, now: datetime) -> datetime:
        """The latest time of a full budget with which it still admits an attempt at ``now``."""
        return now + (self.burst - 1) * self.interval

    def retry_after(self, now: datetime, full_at: datetime) -> int:
        """Whole seconds until an attempt is admitted; at least 1."""
        return max(1, ceil((full_at - self.latest_full_at(now)).total_seconds()))
