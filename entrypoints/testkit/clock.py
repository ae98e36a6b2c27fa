"""A clock that stands still until it is moved: for tests."""

from datetime import UTC, datetime, timedelta
from typing import Final

from ...ports.clock import Clock

__all__ = ["ManualClock"]

START: Final = datetime(2031, 5, 17, 12, 0, 0, 123456, tzinfo=UTC)
"""In the future, so that no store's time to live removes what a test has just written."""


class ManualClock(Clock):
    """Says ``moment`` until ``advance`` is called."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        """The same time in seconds, for parts that take a function like ``time.monotonic``."""
        return (self.moment - START).total_seconds()

    def advance(self, *, seconds: float = 0, minutes: float = 0) -> datetime:
        """Move on, and say where to."""
        self.moment += timedelta(seconds=seconds, minutes=minutes)
        return self.moment
