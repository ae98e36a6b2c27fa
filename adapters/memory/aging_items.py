"""Items that are dropped when they are old."""

from collections import deque
from math import ceil
from typing import Generic, TypeVar

T = TypeVar("T")


class AgingItems(Generic[T]):
    """Items in the order in which they were added, with the times. The caller holds the lock.

    Times are monotonic seconds, rounded up to a whole one. All items of one second share one time,
    which saves memory, and none is dropped too early.
    """

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._times: deque[int] = deque()

    def add(self, item: T, now: float) -> None:
        """Add ``item``. ``now`` is the time in monotonic seconds."""
        time = ceil(now)
        if self._times and self._times[-1] == time:
            # The same object, because each large number takes 32 bytes.
            time = self._times[-1]
        self._items.append(item)
        self._times.append(time)

    def take_older(self, than: float, *, limit: int) -> list[T]:
        """Remove and return the items that were added before ``than``, at most ``limit``."""
        taken: list[T] = []
        while self._times and len(taken) < limit and self._times[0] < than:
            self._times.popleft()
            taken.append(self._items.popleft())
        return taken
