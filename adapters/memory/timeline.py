"""Items in the order of their positions."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Timeline(Generic[T]):
    """Keeps items sorted by position, each position once. The caller holds the lock.

    Finding a place takes a binary search over positions that are kept as text, since a clock
    that was behind may hand in an item from long before the last one.
    """

    def __init__(self) -> None:
        self._positions: list[str] = []
        self._items: list[T] = []

    def add(self, position: str, item: T) -> None:
        """Put ``item`` in its place; do nothing if its position is taken."""
        positions = self._positions
        if not positions or positions[-1] < position:
            positions.append(position)
            self._items.append(item)
            return
        place = bisect_left(positions, position)
        if positions[place] != position:
            positions.insert(place, position)
            self._items.insert(place, item)

    def read(
        self, *, first: str = "", end: str | None = None, after: str = "", limit: int
    ) -> tuple[tuple[T, ...], bool]:
        """At most ``limit`` items of ``first <= position < end``, and whether there are more.

        Only those whose position is greater than ``after``; an ``end`` of None is no bound.
        """
        positions = self._positions
        start = max(bisect_left(positions, first), bisect_right(positions, after))
        stop = len(positions) if end is None else bisect_left(positions, end)
        return tuple(self._items[start : min(stop, start + limit)]), start + limit < stop

    def remove(self, positions: set[str]) -> None:
        """Remove the items at these positions, most of which are the first ones."""
        leading = 0
        while leading < len(self._positions) and self._positions[leading] in positions:
            leading += 1
        others = positions.difference(self._positions[:leading])
        del self._positions[:leading], self._items[:leading]
        for position in others:
            place = bisect_left(self._positions, position)
            if self._positions[place : place + 1] == [position]:
                del self._positions[place], self._items[place]

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
