"""The machine's clock."""

from datetime import UTC, datetime

from ...ports.clock import Clock


class SystemClock(Clock):
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)
