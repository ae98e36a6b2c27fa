"""Times as microseconds since the epoch."""

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """``moment`` as the file keeps it."""
    return (moment - EPOCH) // _MICROSECOND


def optional_microseconds(moment: datetime | None) -> int | None:
    """``moment`` as the file keeps it, or None."""
    return None if moment is None else microseconds(moment)


def from_microseconds(value: int) -> datetime:
    """The time that the file keeps as ``value``."""
    return EPOCH + _MICROSECOND * value


def from_optional(value: int | None) -> datetime | None:
    """The time that the file keeps as ``value``, or None."""
    return None if value is None else from_microseconds(value)
