"""The rules for a range of audit records."""

from datetime import UTC, datetime
from typing import Final

from .audit import is_position
from .fields import Faults

MAX_PAGE: Final = 1000
"""Records."""


def note_range_faults(
    faults: Faults, *, since: object, until: object, cursor: object, limit: object
) -> None:
    """Note the fault of each argument of ``read_records`` beside the customer."""
    for name, moment in (("since", since), ("until", until)):
        faults.note(name, _moment_fault(moment))
    if type(limit) is not int or not 1 <= limit <= MAX_PAGE:
        faults.note("limit", f"must be a whole number from 1 to {MAX_PAGE}")
    if cursor is not None and not (isinstance(cursor, str) and is_position(cursor)):
        faults.note("cursor", "must be the next_cursor of the page before")


def _moment_fault(moment: object) -> str | None:
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        return "must be a time"
    if moment.utcoffset() is None:
        return "must say its offset from UTC"
    try:
        moment.astimezone(UTC)
    except OverflowError:
        return "must be in the years 1 to 9999 of UTC"
    return None
