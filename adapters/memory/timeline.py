"""Items in the order of their positions."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Timeline(Generic[T]):
    """Keeps items sorted by position, each position once. The caller holds the lock.

    A process whose clock is behind may add an item with a position long before the last one, so
    ``add`` finds the index by binary search. Positions are computed from the items and not kept,
    because a position takes as much memory as an audit record.

    Args:
        position_of: the position of an item. It must always be the same for one item.
    """

    __slots__ = ("_items", "_position_of")

    def __init__(self, position_of: Callable[[T], str]) -> None:
        self._position_of = position_of
        self._items: list[T] = []

    def add(self, item: T) -> bool:
        """Insert ``item`` at its position. Return False, and do nothing, if that is taken."""
        items, position = self._items, self._position_of(item)
        if not items or self._position_of(items[-1]) < position:
            items.append(item)
            return True
        index = self._index(position)
        if self._position_of(items[index]) == position:
            return False
        items.insert(index, item)
        return True

    def get(self, position: str) -> T | None:
        """The item at ``position``, or None if there is none."""
        index = self._index(position)
        if index < len(self._items) and self._position_of(self._items[index]) == position:
            return self._items[index]
        return None

    def latest(self, count: int) -> list[T]:
        """The last ``count`` items, or all if there are fewer."""
        return self._items[-count:]

    def read(
        self, *, first: str = "", end: str | None = None, after: str = "", limit: int
    ) -> tuple[tuple[T, ...], bool]:
        """At most ``limit`` items of ``first <= position < end``, and whether there are more.

        Every position returned is greater than ``after``. An ``end`` of None is no bound.
        """
        items = self._items
        if after < first:
            start = self._index(first)
        else:
            start = bisect_right(items, after, key=self._position_of)
        stop = len(items) if end is None else self._index(end)
        return tuple(items[start : min(stop, start + limit)]), start + limit < stop

    def count(self, first: str, last: str) -> int:
        """How many items have a position from ``first`` to ``last``, both included."""
        end = bisect_right(self._items, last, key=self._position_of)
        return max(0, end - self._index(first))

    def remove(self, positions: set[str]) -> None:
        """Remove the items at ``positions``. This is fast if most of them are the first ones."""
        items, left = self._items, set(positions)
        leading = 0
        while leading < len(items) and (position := self._position_of(items[leading])) in left:
            left.remove(position)
            leading += 1
        del items[:leading]
        for position in left:
            if self.get(position) is not None:
                del items[self._index(position)]

    def _index(self, position: str) -> int:
        """Where the first item at ``position`` or later is."""
        return bisect_left(self._items, position, key=self._position_of)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)
