"""The changes of the last minute that a reader of the feed has seen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ..audit import rfc3339
from ..session_feed import SessionChange

_TENTH_LENGTH: Final = len("2031-05-17T12:00:00.1")


def tenth_of(moment: datetime) -> str:
    """The tenth of a second of ``moment``, as the beginning of a position."""
    return rfc3339(moment)[:_TENTH_LENGTH]


class KnownChanges:
    """The positions that were seen, by parts of the store and tenths of a second.

    Not safe for threads.
    """

    def __init__(self) -> None:
        self._tenths: dict[tuple[int, str], set[str]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def take_new(self, changes: Iterable[SessionChange]) -> list[SessionChange]:
        """Note ``changes``, and return those that were not known before."""
        new: list[SessionChange] = []
        for change in changes:
            position = change.position
            seen = self._tenths.setdefault((change.part, position[:_TENTH_LENGTH]), set())
            if position not in seen:
                seen.add(position)
                new.append(change)
        self._count += len(new)
        return new

    def count(self, first: str, end: str, parts: int) -> list[int]:
        """How many positions from the tenth ``first`` to before ``end`` each part has.

        Args:
            first: a beginning of a position, as ``tenth_of`` makes it.
            end: the same.
            parts: how many parts the store has.
        """
        counts = [0] * parts
        for (part, tenth), seen in self._tenths.items():
            if first <= tenth < end:
                counts[part] += len(seen)
        return counts

    def forget_before(self, first: str) -> None:
        """Forget the positions before the tenth ``first``."""
        for key in [key for key in self._tenths if key[1] < first]:
            self._count -= len(self._tenths.pop(key))
