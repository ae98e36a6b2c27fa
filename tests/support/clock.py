"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from cybershop_customer import Clock

START = datetime(2031, 5, 17, 12, 0, 0, 123456, tzinfo=UTC)
"""In the future, so that no store's TTL removes what a test has just written."""


class ManualClock(Clock):
    """Says ``moment`` until ``advance`` is called."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, *, seconds: float = 0, minutes: float = 0) -> datetime:
        """Move on, and say where to."""
        self.moment += timedelta(seconds=seconds, minutes=minutes)
        return self.moment
