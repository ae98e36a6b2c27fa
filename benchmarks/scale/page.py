"""What the page says between its markers."""

import re
from dataclasses import dataclass
from typing import Final, Self

from capacity import WAYS, on_demand, partitions, provisioned, storage, table_units, total
from items import (
    LOGIN,
    LOGOUT,
    budget_bytes,
    change_bytes,
    customer_bytes,
    guard_bytes,
    record_bytes,
    table_bytes,
    table_items,
)
from limits import GB, PARTITION_WRITES, TABLE_UNITS
from load import CHECKS, LOGINS, LOGOUTS, UNKNOWN_NAMES
from markdown import table, with_parts

_HASH: Final = re.compile(r"One hash took (\d+\.\d+) s")


@dataclass(frozen=True)
class MeasuredCosts:
    """Seconds of CPU time of one core."""

    hash: float
    check: float
    """In the service over HTTP with the store in memory."""
    store: float
    """A check through the DynamoDB adapter, in process."""
    cached: float
    """A check that a cache answers."""
    client: float
    """A check over HTTP, in the process that asks."""

    @classmethod
    def read(cls, performance: str, hash_seconds: float) -> Self:
        """Those that docs/performance.md states, and the time of a hash."""

        def micro(pattern: str) -> float:
            found = re.search(pattern, performance)
            assert found is not None, pattern
            return float(found[1]) / 1e6

        return cls(
            hash=hash_seconds,
            check=micro(r"\| waitress, and `serve` \| [\d.]+ µs \| ([\d.]+) µs"),
            store=micro(r"\| direct on DynamoDB \(stand-in\) \| [\d,]+ \| ([\d.]+) µs"),
            client=micro(r"\| over HTTP \| [\d,]+ \| ([\d.]+) µs"),
            cached=micro(r"\| from the cache, in front of HTTP \| [\d,]+ \| ([\d.]+) µs"),
        )


def hash_seconds_of(page: str) -> float:
    """The time of a hash that the page states."""
    found = _HASH.search(page)
    assert found is not None
    return float(found[1])


def written(page: str, costs: MeasuredCosts) -> str:
    """The page with the figures at their places."""
    parts = (_sizes(), _partitions(), _prices(), _cores(costs), _breaks())
    return with_parts(page, "scale.py", parts)


def _sizes() -> str:
    rows = [
        ("customer, 1 session", f"{customer_bytes(1):,}"),
        *((f"customer, {count} sessions", f"{customer_bytes(count):,}") for count in (4, 8, 16)),
        ("guard of an e-mail address", f"{guard_bytes():,}"),
        ("login budget that is not full", f"{budget_bytes():,}"),
        ("audit record of a login", f"{record_bytes(LOGIN):,}"),
        ("audit record of a logout", f"{record_bytes(LOGOUT):,}"),
        ("entry of the session change feed", f"{change_bytes():,}"),
    ]
    return table(("item", "bytes"), rows)


def _partitions() -> str:
    rows = []
    for name, size in table_bytes().items():
        units = table_units(WAYS[0])[name]
        by_size, by_units = partitions(name, WAYS[0])
        rows.append(
            (
                f"`{name}`",
                f"{table_items()[name] / 1e9:,.1f} billion",
                f"{size / GB / 1024:,.2f} TB",
                f"{units.read:,.0f}",
                f"{units.write:,.0f}",
                f"{by_size:,}",
                f"{by_units:,}",
            )
        )
    head = ("table", "items", "size", "read units a second", "write units a second")
    return table((*head, "partitions by size", "partitions by throughput"), rows)


def _prices() -> str:
    rows = [
        (
            way.name,
            f"{way.checks:,.0f}",
            f"{total(way).read:,.0f}",
            f"{total(way).write:,.0f}",
            f"{on_demand(way):,.0f}",
            f"{provisioned(way):,.0f}",
        )
        for way in WAYS
    ]
    head = ("session checks", "reach the store, a second", "read units", "write units")
    prices = table((*head, "$ a month, on demand", "$ a month, provisioned"), rows)
    kept = " and ".join(f"${storage(name):,.0f} for `{name}`" for name in table_bytes())
    return f"{prices}\n\nStorage costs {kept} a month on top of that."


def _cores(costs: MeasuredCosts) -> str:
    uncached = costs.check + costs.store
    rows = [
        ("hash the passwords of the logins", f"{costs.hash:.3f} s", LOGINS * costs.hash),
        ("check over HTTP, no cache", f"{uncached * 1e6:,.0f} µs", CHECKS * uncached),
        (
            "check with a cache of 5 s, in the asking services",
            f"{costs.cached * 1e6:.1f} µs",
            CHECKS * costs.cached,
        ),
        (
            "there, to ask for what the cache passes on",
            f"{costs.client * 1e6:,.0f} µs",
            WAYS[1].checks * costs.client,
        ),
        (
            "in this service, to answer that",
            f"{uncached * 1e6:,.0f} µs",
            WAYS[1].checks * uncached,
        ),
    ]
    text = table(
        ("work", "CPU time of one", "cores"), [(a, b, f"{cores:,.0f}") for a, b, cores in rows]
    )
    return f"{text}\n\nOne hash took {costs.hash:.3f} s on the machine that wrote this page."


def _breaks() -> str:
    units = table_units(WAYS[0])
    rows = [
        ("read units of the table `customer`", units["customer"].read, TABLE_UNITS),
        (
            "write units of the entries of the feed, if it is on with one shard",
            2 * LOGOUTS,
            PARTITION_WRITES,
        ),
        ("write units of the table `customer`", units["customer"].write, TABLE_UNITS),
        ("write units of the table `logger`", units["logger"].write, TABLE_UNITS),
        (
            "write units of failed logins under unknown names, in the partition of the day",
            UNKNOWN_NAMES,
            PARTITION_WRITES,
        ),
    ]
    rows.sort(key=lambda row: -row[1] / row[2])
    return table(
        ("what", "load", "limit", "times the limit"),
        [(what, f"{load:,.0f}", f"{limit:,}", f"{load / limit:.1f}") for what, load, limit in rows],
    )
