"""The cursor of a follower whose requests reach several processes of the service."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from ..audit import rfc3339
from ..errors import FieldFault, InvalidInputError

OVERLAP: Final = timedelta(minutes=1)
"""How far back a read of the store by time starts before the time of the last complete round.

The position of a change is the time at which its writer began. The store receives the change
later, by seconds if the writer has to retry. A round misses no change as long as this delay and
the difference between the clocks of two servers add up to less than ``OVERLAP``.
"""

MAX_OFFSETS: Final = 32
"""The most readers of which a cursor has the offset. Each process has one ``FeedReader``."""

_TIME: Final = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_POSITION: Final = rf"{_TIME}~[A-Za-z0-9-]{{1,64}}"
_BY_TIME: Final = re.compile(
    rf"(?P<after>{_POSITION})_(?P<next_round>{_TIME})|(?P<round_start>{_TIME})", re.ASCII
)
_BY_OFFSET: Final = re.compile(
    rf"v2_(?P<round_at>{_TIME})(_(?P<after>{_POSITION}))?"
    rf"(?P<offsets>(_[0-9a-f]{{12}}\.\d{{1,15}}){{0,{MAX_OFFSETS}}})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class TimeCursor:
    """A cursor of a follower that reads the store by time, whichever process it asks."""

    after: str
    next_round: str


def parse_time_cursor(text: str, *, next_round: str) -> TimeCursor | None:
    """The cursor in ``text``, or None if it has another form.

    ``next_round`` is the start of the next round if ``text`` is a cursor between two rounds.
    """
    parts = _BY_TIME.fullmatch(text)
    if parts is None:
        return None
    if parts["round_start"] is not None:
        return TimeCursor(parts["round_start"], next_round)
    return TimeCursor(parts["after"], parts["next_round"])


@dataclass(frozen=True, slots=True)
class FeedCursor:
    """What a follower has read: everything up to a time, and from each reader up to an offset."""

    round_at: datetime
    """The follower knows every change that was stored before this time."""
    offsets: tuple[tuple[str, int], ...] = ()
    """The ids of readers, the last one asked first, and how far their changes are read."""
    after: str | None = None
    """The position to read on from, within a round that reads the store by time."""

    def offset_of(self, reader_id: str) -> int | None:
        """How far this reader's changes are read; None if the cursor does not name it."""
        return dict(self.offsets).get(reader_id)

    def with_offset(self, reader_id: str, offset: int) -> Self:
        """The cursor with this offset. It drops the least recently asked reader if it is full."""
        others = tuple(pair for pair in self.offsets if pair[0] != reader_id)
        return replace(self, offsets=((reader_id, offset), *others)[:MAX_OFFSETS])

    def __str__(self) -> str:
        after = "" if self.after is None else f"_{self.after}"
        offsets = "".join(f"_{reader_id}.{offset}" for reader_id, offset in self.offsets)
        return f"v2_{rfc3339(self.round_at)}{after}{offsets}"


def parse_cursor(text: str) -> FeedCursor | None:
    """The cursor in ``text``, also one of a follower that read by time. None if it is malformed."""
    try:
        return _by_offset(text) or _by_time(text)
    except (ValueError, OverflowError):
        return None  # Such as the 31st of February.


def malformed_cursor() -> InvalidInputError:
    """The refusal of a text that is no cursor."""
    return _refusal("must be the cursor of the page before")


def old_cursor() -> InvalidInputError:
    """The refusal of a cursor after which changes may have been removed."""
    return _refusal("is too old: forget what was remembered, and begin without one")


def seconds_since_round(cursor: str, now: datetime) -> float | None:
    """How many seconds ago the round of ``cursor`` began: the lag of its follower.

    None if ``cursor`` is malformed. A follower on a machine with a faster clock is not behind.
    """
    parsed = parse_cursor(cursor)
    return None if parsed is None else max(0.0, (now - parsed.round_at).total_seconds())


def _by_offset(text: str) -> FeedCursor | None:
    parts = _BY_OFFSET.fullmatch(text)
    if parts is None:
        return None
    pairs = [pair.split(".") for pair in parts["offsets"].split("_")[1:]]
    offsets = tuple((reader_id, int(offset)) for reader_id, offset in pairs)
    if len(dict(offsets)) < len(offsets):
        return None
    return FeedCursor(datetime.fromisoformat(parts["round_at"]), offsets, parts["after"])


def _by_time(text: str) -> FeedCursor | None:
    parts = _BY_TIME.fullmatch(text)
    if parts is None:
        return None
    start = datetime.fromisoformat(parts["round_start"] or parts["next_round"])
    return FeedCursor(start + OVERLAP, after=parts["after"])


def _refusal(detail: str) -> InvalidInputError:
    return InvalidInputError([FieldFault("cursor", detail)])
