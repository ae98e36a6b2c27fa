"""When each budget of a throttle is full again, in bounded room."""

from collections import OrderedDict
from datetime import datetime
from typing import Final, TypeVar

_SWEPT: Final = 2
"""Entries that each new one looks at, to drop those of full budgets."""

_Key = TypeVar("_Key")


class Budgets:
    """The time at which each budget is full again, never too early.

    A full budget needs no entry. The first ``max_names`` others have an entry each. Beyond that,
    a name shares one of ``buckets`` entries with all names of the same hash. It may then be
    refused too early, and never too late.

    Args:
        max_names: how many names have an entry of their own.
        buckets: how many shared entries there are.
    """

    def __init__(self, *, max_names: int, buckets: int) -> None:
        self._max_names = max_names
        self._bucket_count = buckets
        self._own: OrderedDict[str, datetime] = OrderedDict()
        self._shared: OrderedDict[int, datetime] = OrderedDict()

    def get(self, name: str, now: datetime) -> datetime | None:
        """When the budget is full again, or None if it is full at ``now``."""
        full_at = self._own.get(name) or self._shared.get(self._bucket(name))
        return full_at if full_at is not None and full_at > now else None

    def set(self, name: str, full_at: datetime, now: datetime) -> None:
        """Keep when the budget is full again."""
        _sweep(self._own, now)
        _sweep(self._shared, now)
        bucket = self._bucket(name)
        if name in self._own:
            self._own[name] = full_at
        elif bucket in self._shared or len(self._own) >= self._max_names:
            self._shared[bucket] = full_at
        else:
            self._own[name] = full_at

    def lower(self, name: str, full_at: datetime | None) -> None:
        """Move the time of one name to earlier; None makes its budget full.

        A shared entry stays as it is, since it counts the attempts of other names too.
        """
        if name not in self._own:
            return
        if full_at is None:
            del self._own[name]
        else:
            self._own[name] = full_at

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._own) + len(self._shared)

    def _bucket(self, name: str) -> int:
        # Python's hash of a text is salted in each process, so a stranger cannot choose a bucket.
        return hash(name) % self._bucket_count


def _sweep(entries: "OrderedDict[_Key, datetime]", now: datetime) -> None:
    """Look at the entries whose turn it is; drop those of full budgets, put the others last."""
    for _ in range(min(_SWEPT, len(entries))):
        key, full_at = entries.popitem(last=False)
        if full_at > now:
            entries[key] = full_at
