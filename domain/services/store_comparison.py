"""Compares all entries of two stores, in memory that does not grow with the stores."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Final, TypeAlias, TypeVar

from ...ports.bulk_access import BulkSource
from ..store_entry import EntryKind, StoreEntry
from .entry_checksum import NO_ENTRIES, EntrySum, sum_of

MAX_NAMED: Final = 10
"""The most customers that a comparison names."""

PAGE_ENTRIES: Final = 1000
"""The most entries of a page, and so in memory at a time."""

_BUCKETS: Final = 4096
"""Into how many sets the customers are divided. Only sets that differ are looked at again."""

Advance: TypeAlias = Callable[[int], None]
"""Is called with the number of entries of each page that was done."""
_Key = TypeVar("_Key")
_Sums: TypeAlias = Mapping[tuple[int, EntryKind], EntrySum]


@dataclass(frozen=True, slots=True)
class Difference:
    """A customer whose entries are not the same in both stores."""

    customer_id: str
    """``-`` for the audit records of no customer."""
    kinds: tuple[EntryKind, ...]
    """The kinds of the entries that differ."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The sum of each kind of entry in both stores, and what differs."""

    source: Mapping[EntryKind, EntrySum]
    target: Mapping[EntryKind, EntrySum]
    is_equal: bool
    """Whether both stores have the same entries."""
    differences: tuple[Difference, ...] = ()
    """Up to ``MAX_NAMED`` customers. Empty, although the stores are not equal, if the entries
    changed again before they could be named."""


def compare_stores(
    source: BulkSource, target: BulkSource, *, now: datetime, advance: Advance
) -> Comparison:
    """Compare the entries of both stores that have not ended at ``now``."""
    in_source = _bucket_sums(source, now, advance)
    in_target = _bucket_sums(target, now, advance)
    is_equal = in_source == in_target
    return Comparison(
        _totals(in_source),
        _totals(in_target),
        is_equal,
        () if is_equal else _differences(source, target, in_source, in_target, now),
    )


def _differences(
    source: BulkSource, target: BulkSource, in_source: _Sums, in_target: _Sums, now: datetime
) -> tuple[Difference, ...]:
    """Read both stores again, to name the customers in the first buckets that differ."""
    different = sorted({bucket for bucket, _ in _unequal(in_source, in_target)})
    # Each bucket has at least one customer who differs.
    buckets = frozenset(different[:MAX_NAMED])
    found = [_customer_sums(store, now, buckets) for store in (source, target)]
    kinds: defaultdict[str, list[EntryKind]] = defaultdict(list)
    for customer_id, kind in _unequal(*found):
        kinds[customer_id].append(kind)
    named = islice(sorted(kinds.items()), MAX_NAMED)
    return tuple(Difference(customer_id, tuple(sorted(found))) for customer_id, found in named)


def _bucket_sums(store: BulkSource, now: datetime, advance: Advance) -> _Sums:
    sums: defaultdict[tuple[int, EntryKind], EntrySum] = defaultdict(EntrySum)
    for entry in _entries(store, now, advance):
        sums[_bucket(entry.customer_id), entry.kind] += sum_of(entry)
    return sums


def _customer_sums(
    store: BulkSource, now: datetime, buckets: Collection[int]
) -> Mapping[tuple[str, EntryKind], EntrySum]:
    sums: defaultdict[tuple[str, EntryKind], EntrySum] = defaultdict(EntrySum)
    for entry in _entries(store, now, lambda _: None):
        if _bucket(entry.customer_id) in buckets:
            sums[entry.customer_id, entry.kind] += sum_of(entry)
    return sums


def _entries(store: BulkSource, now: datetime, advance: Advance) -> Iterator[StoreEntry]:
    cursor: str | None = None
    while True:
        page = store.read_page(cursor, limit=PAGE_ENTRIES)
        yield from (entry for entry in page.entries if not entry.has_ended(now))
        advance(len(page.entries))
        cursor = page.next_cursor
        if cursor is None:
            return


def _bucket(customer_id: str) -> int:
    return int.from_bytes(sha256(customer_id.encode()).digest()[:4]) % _BUCKETS


def _unequal(first: Mapping[_Key, EntrySum], second: Mapping[_Key, EntrySum]) -> set[_Key]:
    keys = first.keys() | second.keys()
    return {key for key in keys if first.get(key, NO_ENTRIES) != second.get(key, NO_ENTRIES)}


def _totals(sums: _Sums) -> Mapping[EntryKind, EntrySum]:
    totals = dict.fromkeys(EntryKind, NO_ENTRIES)
    for (_, kind), found in sums.items():
        totals[kind] += found
    return totals
