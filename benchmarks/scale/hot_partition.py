"""A partition of the table ``customer`` that a bot hammers, second by second."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from capacity import WAYS, partitions, table_units
from limits import BURST_SECONDS, PARTITION_READS, PARTITION_WRITES

from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.entrypoints.cli.operation_costs import UNITS, Units

PROCESSES: Final = 1_000
"""Processes of the services that check. Each has its own cache, and the bot reaches all of them."""

Demand = Callable[[int], Units]
"""The units that the bot wants in the second with this number, counted from zero."""


def neighbours() -> Units:
    """Units a second that the other customers of a partition want."""
    whole, (_, count) = table_units(WAYS[0])["customer"], partitions("customer", WAYS[0])
    return Units(whole.read / count, whole.write / count)


@dataclass
class Bucket:
    """Units of one kind that a partition can still give."""

    rate: float
    burst: float
    left: float

    def serve(self, wanted: float) -> float:
        """The share of ``wanted`` that is served in the next second. The rest is throttled."""
        self.left = min(self.left + self.rate, self.rate + self.burst)
        served = min(wanted, self.left)
        self.left -= served
        return served / wanted if wanted else 1.0


def shares(bot: Demand, seconds: int, *, burst: bool) -> list[Units]:
    """The shares of all reads and of all writes that the partition serves in each second.

    A partition does not know who asks, so the bot and its neighbours are served the same share.
    With ``burst``, capacity that was unused before the bot came may be used too. AWS does not
    promise that.
    """
    others = neighbours()
    kept = BURST_SECONDS if burst else 0
    reads = _bucket(PARTITION_READS, others.read, kept)
    writes = _bucket(PARTITION_WRITES, others.write, kept)
    found = []
    for second in range(seconds):
        wanted = bot(second) + others
        found.append(Units(reads.serve(wanted.read), writes.serve(wanted.write)))
    return found


def _bucket(rate: float, used: float, kept: float) -> Bucket:
    return Bucket(rate, rate * kept, max(0.0, rate - used) * kept)


def checks(rate: float, *, cached: bool) -> Demand:
    """Checks of one session, spread over the processes."""
    if cached:
        rate = min(rate, PROCESSES / CachePolicy().max_age)
    return lambda _: UNITS["verify"] * rate


def wrong_passwords(rate: float) -> Demand:
    """Failed logins under one name. Each charges the budget of the name, which is one write.

    A login that this budget refuses gives the source its charge back, so the budget of a source
    does not stop it. The budget is an item of its own: its partition has other neighbours than the
    customer's has.
    """
    return lambda _: UNITS["charge and refund"] * 0.5 * rate


def logins_and_logouts(rate: float) -> Demand:
    """Logins with the right password, each followed by a logout.

    Both are transactions. Half of each is the audit record, which is in the other table.
    """
    pair = Units(UNITS["login by e-mail"].read, 0) + Units(
        0, (UNITS["login by e-mail"].write + UNITS["logout"].write) / 2
    )
    return lambda _: pair * rate
