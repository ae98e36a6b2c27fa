"""Items in the order of their positions."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Timeline(Generic[T]):
    """Keeps items sorted by position, each position once. The caller holds the lock.

    A process whose clock is behind may add an item with a position long before the last one, so
    ``add`` finds the index by binary search.
    """

    def __init__(self) -> None:
        self._positions: list[str] = []
        self._items: list[T] = []

    def add(self, position: str, item: T) -> bool:
        """Insert ``item`` at its position. Return False, and do nothing, if that is taken."""
        positions = self._positions
        if not positions or positions[-1] < position:
            positions.append(position)
            self._items.append(item)
            return True
        index = bisect_left(positions, position)
        if positions[index] == position:
            return False
        positions.insert(index, position)
        self._items.insert(index, item)
        return True

    def get(self, position: str) -> T | None:
        """The item at ``position``, or None if there is none."""
        index = bisect_left(self._positions, position)
        found = self._positions[index : index + 1] == [position]
        return self._items[index] if found else None

    def read(
        self, *, first: str = "", end: str | None = None, after: str = "", limit: int
    ) -> tuple[tuple[T, ...], bool]:
        """At most ``limit`` items of ``first <= position < end``, and whether there are more.

        Every position returned is greater than ``after``. An ``end`` of None is no bound.
        """
        positions = self._positions
        start = max(bisect_left(positions, first), bisect_right(positions, after))
        stop = len(positions) if end is None else bisect_left(positions, end)
        return tuple(self._items[start : min(stop, start + limit)]), start + limit < stop

    def count(self, first: str, last: str) -> int:
        """How many items have a position from ``first`` to ``last``, both included."""
        found = bisect_right(self._positions, last) - bisect_left(self._positions, first)
        return max(0, found)

    def remove(self, positions: set[str]) -> None:
        """Remove the items at ``positions``. This is fast if most of them are the first ones."""
        leading = 0
        while leading < len(self._positions) and self._positions[leading] in positions:
            leading += 1
        others = positions.difference(self._positions[:leading])
        del self._positions[:leading], self._items[:leading]
        for position in others:
            index = bisect_left(self._positions, position)
            if self._positions[index : index + 1] == [position]:
                del self._positions[index], self._items[index]

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
