"""The changes of the last minute that a reader of the feed has seen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ..audit import rfc3339
from ..session_feed import SessionChange

_TENTH: Final = len("2031-05-17T12:00:00.1")


def tenth_of(moment: datetime) -> str:
    """The tenth of a second of ``moment``, as the beginning of a position."""
    return rfc3339(moment)[:_TENTH]


class KnownChanges:
    """The positions that were seen, by tenths of a second. Not safe for threads."""

    def __init__(self) -> None:
        self._tenths: dict[str, set[str]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def take_new(self, changes: Iterable[SessionChange]) -> list[SessionChange]:
        """Those of ``changes`` that were not seen before. They are known from now on."""
        new: list[SessionChange] = []
        for change in changes:
            position = change.position
            seen = self._tenths.setdefault(position[:_TENTH], set())
            if position not in seen:
                seen.add(position)
                new.append(change)
        self._count += len(new)
        return new

    def count(self, first: str, end: str) -> int:
        """How many positions are known from the tenth ``first`` to before the tenth ``end``."""
        return sum(len(seen) for tenth, seen in self._tenths.items() if first <= tenth < end)

    def forget_before(self, first: str) -> None:
        """Forget the positions before the tenth ``first``."""
        for tenth in [tenth for tenth in self._tenths if tenth < first]:
            self._count -= len(self._tenths.pop(tenth))
