"""Units a second, partitions and the price of a month."""

from dataclasses import dataclass
from math import ceil
from typing import Final

from items import table_bytes, table_items
from limits import (
    GB,
    GB_MONTH,
    HOURS,
    ITEM_OVERHEAD,
    PARTITION_GB,
    PARTITION_READS,
    PARTITION_WRITES,
    READ_UNIT_HOUR,
    WRITE_UNIT_HOUR,
)
from load import CHECKS, EXTENSIONS, LOGINS, LOGOUTS, UNKNOWN_NAMES, asked

from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.entrypoints.cli.operation_costs import (
    READ_PRICE,
    UNITS,
    UNITS_WITH_FEED,
    WRITE_PRICE,
    Units,
)

_MILLION: Final = 1_000_000
_POLICY: Final = CachePolicy()


@dataclass(frozen=True)
class Way:
    """One way to serve the session checks."""

    name: str
    checks: float
    """A second, that reach the store."""
    has_feed: bool = False


WAYS: Final = (
    Way("no cache", CHECKS),
    Way(f"cache, `max_age` {_POLICY.max_age:g} s", asked(_POLICY.max_age)),
    Way("cache with the feed, 60 s", asked(_POLICY.followed_max_age), has_feed=True),
)


def units_of(way: Way) -> dict[str, Units]:
    """Units a second of each operation, over both tables."""
    units = {**UNITS, **UNITS_WITH_FEED} if way.has_feed else UNITS
    refused = units["charge and refund"] * 0.5 + Units(units["login by e-mail"].read, 0)
    return {
        "session check": units["verify"] * way.checks,
        "login": (units["charge and refund"] + units["login by e-mail"]) * LOGINS,
        "failed login": (refused + units["refusal in the log"]) * UNKNOWN_NAMES,
        "logout": units["logout"] * LOGOUTS,
        "use of a session": units["extend"] * EXTENSIONS,
    }


def total(way: Way) -> Units:
    """Units a second of all operations."""
    return sum(units_of(way).values(), Units(0, 0))


def on_demand(way: Way) -> float:
    """US dollars a month for requests, if the load never falls."""
    seconds, units = HOURS * 3600, total(way)
    return seconds / _MILLION * (units.read * READ_PRICE + units.write * WRITE_PRICE)


def provisioned(way: Way) -> float:
    """US dollars a month for exactly this capacity. Real tables need more, such as a third."""
    units = total(way)
    return HOURS * (units.read * READ_UNIT_HOUR + units.write * WRITE_UNIT_HOUR)


def storage(table: str) -> float:
    """US dollars a month for the table."""
    return (table_bytes()[table] + table_items()[table] * ITEM_OVERHEAD) / GB * GB_MONTH


def table_units(way: Way) -> dict[str, Units]:
    """Units a second of each table.

    A login and a logout are transactions of one write to each table, and each write is billed
    twice. The two further units of an entry of the feed go to ``logger``.
    """
    records = Units(0, 2 * (LOGINS + LOGOUTS) + UNKNOWN_NAMES)
    entries = Units(0, 2 * LOGOUTS if way.has_feed else 0)
    logger = records + entries
    whole = total(way)
    return {"customer": Units(whole.read, whole.write - logger.write), "logger": logger}


def partitions(table: str, way: Way) -> tuple[int, int]:
    """How many partitions the size needs at least, and how many the throughput."""
    units = table_units(way)[table]
    return (
        ceil(table_bytes()[table] / GB / PARTITION_GB),
        ceil(units.read / PARTITION_READS + units.write / PARTITION_WRITES),
    )
