"""A clock for tests. It stands still until the test moves it."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ...ports.clock import Clock

__all__ = ["ManualClock"]

START: Final = datetime(2031, 5, 17, 12, 0, 0, 123456, tzinfo=UTC)
"""In the future, so that no store's time to live (TTL) removes what a test has written."""


class ManualClock(Clock):
    """Shows ``moment``, which only ``advance`` or an assignment changes."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        """Seconds since ``START``, for code that takes a function like ``time.monotonic``."""
        return (self.moment - START).total_seconds()

    def advance(self, *, seconds: float = 0, minutes: float = 0) -> datetime:
        """Move the clock, and return the new time."""
        self.moment += timedelta(seconds=seconds, minutes=minutes)
        return self.moment
