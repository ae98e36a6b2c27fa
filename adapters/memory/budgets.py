"""When each budget of a throttle is full again, in bounded memory."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from ..runtime import monotonic as system_monotonic

_SWEPT: Final = 2
"""Entries that each new one looks at, to drop those of full budgets."""

_FULL: Final = datetime.min.replace(tzinfo=UTC)

_Key = TypeVar("_Key")


@dataclass(frozen=True, slots=True)
class _Entry:
    full_at: datetime
    kept_until: float
    """In monotonic seconds. A wall clock that is set ahead would drop entries too early."""


class Budgets:
    """The time at which each budget is full again, never too early.

    A full budget needs no entry. The first ``max_names`` others have an entry each. Beyond that,
    a name shares one of ``buckets`` entries with all names of the same hash. It may then be
    refused too early, but is never admitted too often.

    The caller holds a lock.

    Args:
        max_names: how many names have an entry of their own.
        buckets: how many shared entries there are.
        monotonic: the seconds by which entries age.
    """

    def __init__(
        self,
        *,
        max_names: int = 20_000,
        buckets: int = 16_384,
        monotonic: Callable[[], float] = system_monotonic,
    ) -> None:
        self._max_names = max_names
        self._bucket_count = buckets
        self._monotonic = monotonic
        self._own: OrderedDict[str, _Entry] = OrderedDict()
        self._shared: OrderedDict[int, _Entry] = OrderedDict()

    def get(self, name: str, now: datetime) -> datetime | None:
        """When the budget is full again, or None if it is full at ``now``."""
        full_at = self.find(name)
        return full_at if full_at is not None and full_at > now else None

    def find(self, name: str) -> datetime | None:
        """When the budget is full again, which may have passed; None if it has no entry."""
        entry = self._own.get(name) or self._shared.get(self._bucket(name))
        return None if entry is None else entry.full_at

    def set(self, name: str, full_at: datetime, now: datetime) -> None:
        """Keep when the budget is full again."""
        self._sweep(self._own)
        self._sweep(self._shared)
        bucket = self._bucket(name)
        entry = self._entry(full_at, now)
        if name in self._own:
            self._own[name] = entry
        elif bucket in self._shared or len(self._own) >= self._max_names:
            self._shared[bucket] = entry
        else:
            self._own[name] = entry

    def move_back(self, name: str, by: timedelta, now: datetime) -> None:
        """Move the time of one name to earlier.

        A shared entry stays as it is, because it counts the attempts of other names too.
        """
        entry = self._own.get(name)
        if entry is None or entry.full_at <= now:
            return
        full_at = entry.full_at - by
        if full_at > now:
            self._own[name] = self._entry(full_at, now)
        else:
            self.reset(name)

    def reset(self, name: str) -> None:
        """Make the budget of one name full, and no other one."""
        shared = self._shared.get(self._bucket(name))
        if shared is None:
            self._own.pop(name, None)
        else:
            self._own[name] = _Entry(_FULL, shared.kept_until)

    def __len__(self) -> int:
        """How many entries there are."""
        return len(self._own) + len(self._shared)

    def _entry(self, full_at: datetime, now: datetime) -> _Entry:
        return _Entry(full_at, self._monotonic() + (full_at - now).total_seconds())

    def _bucket(self, name: str) -> int:
        # Python's hash of a text is salted in each process, so a stranger cannot choose a bucket.
        return hash(name) % self._bucket_count

    def _sweep(self, entries: "OrderedDict[_Key, _Entry]") -> None:
        """Look at the entries whose turn it is; drop those of full budgets, put the others last."""
        for _ in range(min(_SWEPT, len(entries))):
            key, entry = entries.popitem(last=False)
            if entry.kept_until > self._monotonic():
                entries[key] = entry
