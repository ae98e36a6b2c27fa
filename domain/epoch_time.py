"""Times as whole numbers since the epoch, as stores keep them."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """``moment`` in microseconds since the epoch."""
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    """The time that is ``value`` microseconds after the epoch."""
    return EPOCH + _MICROSECOND * value


def from_seconds(value: int) -> datetime:
    """The time that is ``value`` seconds after the epoch."""
    return EPOCH + timedelta(seconds=value)
