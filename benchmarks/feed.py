"""What the session change feed costs, and how late its followers are, at many endings a second.

The reader of the service, its HTTP resource, the client, the follower and the direct client of
DynamoDB are the product's own, joined without a network. DynamoDB is a stand-in that bills read
units and takes time on a simulated clock (``feed_store.py``). Followers poll every half second, at
random moments, through a balancer that gives each request to the next instance. One in 2,000
entries is stored up to a second late, and each has the clock of one of four writers, which differ
by up to 0.1 seconds.

CPU time is that of this process for each simulated second, without the stand-in. It takes no time
on the simulated clock. "Before" is a follower that reads by time, as followers did before they
shared reads: up to 100 pages of one round are measured, and two whole rounds a second are assumed.

The program ends with an error if a follower misses a change.

    python benchmarks/feed.py [--rates 100 1000 10000]
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from heapq import heapify, heapreplace
from itertools import cycle
from random import Random
from typing import Any, Final

import falcon
from botocore.credentials import Credentials
from falcon.testing import create_environ
from feed_store import FeedStore, SimulatedClock, record_of

from cybershop_customer import SessionFeedPage, SessionFeedService
from cybershop_customer.adapters.caching.feed_follower import FeedFollower
from cybershop_customer.adapters.dynamodb.call_limits import CallLimits
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.direct_client.client import DirectClient
from cybershop_customer.adapters.dynamodb.direct_client.credential_source import CredentialSource
from cybershop_customer.adapters.dynamodb.direct_client.endpoint import Endpoint
from cybershop_customer.adapters.dynamodb.feed_shards import FeedShards
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.session_change_log import DynamoDBSessionChangeLog
from cybershop_customer.adapters.http_api.http_response import HttpResponse
from cybershop_customer.adapters.http_api.outage_log import OutageLog
from cybershop_customer.adapters.http_api.session_feed_call import FeedCall
from cybershop_customer.domain.services.feed_reader import FeedReader
from cybershop_customer.entrypoints.http.session_feed_resource import SessionFeedResource
from cybershop_customer.ports.session_feed import SessionFeed

SHARDS: Final = {100: 1, 1000: 3, 10_000: 24}
TOKEN: Final = "0123456789abcdef0123456789ABCDEF"
INTERVAL: Final = 0.5
LATE: Final = 0.0005
"""The part of the entries that is stored up to a second late."""
MANY_ENDINGS: Final = 10_000
"""From here on only one instance is simulated, since a second one takes minutes to warm up."""
MANY: Final = 100_000
"""From so many changes a second to all followers on, half of the time is simulated."""
WARM_UP: Final = 62.0
"""Seconds until a reader knows the whole minute."""
SETUPS: Final = ((1, 1), (1, 10), (1, 100), (2, 10))
"""Instances and followers."""
ENDPOINT: Final = "http://127.0.0.1:1"


@dataclass
class Costs:
    """What a part of the simulation took."""

    service: float = 0.0
    """Seconds of CPU time of all instances."""
    follower: float = 0.0
    """Seconds of CPU time of all followers."""
    sent: int = 0
    """Bytes of the bodies that followers received."""
    worst: float = 0.0
    """Seconds from the acknowledgement of a change until the last follower knew it."""
    repeated: int = 0
    told: int = 0


@dataclass
class World:
    """Endings at a constant rate, and the instances that followers ask."""

    rate: int
    random: Random = field(default_factory=lambda: Random(7))
    clock: SimulatedClock = field(default_factory=SimulatedClock)

    def __post_init__(self) -> None:
        self.shards = FeedShards(SHARDS[self.rate], SHARDS[self.rate])
        self.store = FeedStore(self.clock, self.shards)
        self.acknowledged: dict[str, float] = {}
        self._pending: list[tuple[float, int, float]] = []
        self._numbers = 0
        self._skews = [self.random.uniform(-0.05, 0.05) for _ in range(4)]
        for _ in range(self.rate):
            self._pending.append(self._next(0.0))
        heapify(self._pending)

    def _next(self, began: float) -> tuple[float, int, float]:
        """The next ending: when it is stored, its number, and when it began."""
        self._numbers += 1
        begins = began + self.random.uniform(0.5, 1.5)
        late = self.random.uniform(0, 1) if self.random.random() < LATE else 0.0
        return begins + self.random.uniform(0.005, 0.03) + late, self._numbers, begins

    def pass_until(self, seconds: float) -> None:
        """Store what is stored up to then."""
        while self._pending[0][0] <= seconds:
            stored, number, began = self._pending[0]
            record = record_of(number, began + self._skews[number % 4])
            self.store.add(record)
            self.acknowledged[record.position] = stored
            heapreplace(self._pending, self._next(began))
        self.clock.advance_to(seconds)

    def new_instance(self) -> "Instance":
        credentials = CredentialSource(Credentials("none", "none"))
        endpoint, limits = Endpoint(ENDPOINT, "us-east-1"), CallLimits()
        client: Any = DirectClient(endpoint, credentials, limits, connections=1, user_agent="none")
        client._transport = self.store  # noqa: SLF001 (in place of the network)
        gateway = DynamoDBGateway(client, limits)
        database = Database(gateway, "", session_feed=True, feed_shards=self.shards)
        log = DynamoDBSessionChangeLog(database)
        reader = FeedReader(log, self.clock, monotonic=self.clock.monotonic)
        service = SessionFeedService(session_changes=log, clock=self.clock, reader=lambda: reader)
        return Instance(self, service)

    @contextmanager
    def measured(self, note: Callable[[float], object]) -> Iterator[None]:
        """Note the CPU time of the block, without the stand-in's."""
        began = time.process_time() - self.store.spent
        try:
            yield
        finally:
            note(time.process_time() - self.store.spent - began)


class Instance:
    """The feed of one instance over HTTP, as a WSGI server calls it."""

    def __init__(self, world: World, service: SessionFeedService) -> None:
        self._world = world
        self._app = falcon.App()
        self._app.add_route("/api/v1/customer/session/feed", SessionFeedResource(service, TOKEN))

    def ask(self, target: str, headers: Any, costs: Costs) -> HttpResponse:  # noqa: ANN401
        path, _, query = target.partition("?")
        environ = create_environ(path=path, query_string=query, headers=headers)
        status: list[str] = []

        def start_response(line: str, *_: object) -> Any:  # noqa: ANN401 (it is never written to)
            status.append(line)

        def note(spent: float) -> None:
            costs.service += spent

        with self._world.measured(note):
            parts = self._app(environ, start_response)
            body = b"".join(parts)
        costs.sent += len(body)
        return HttpResponse(int(status[0][:3]), {"content-type": "application/json"}, body)


class BalancedFeed(SessionFeed):
    """The feed over HTTP through a load balancer. It checks what a follower is told."""

    def __init__(self, world: World, instances: Iterator[Instance], *, by_time: bool) -> None:
        self._world = world
        self._instances = instances
        self._by_time = by_time
        self._call = FeedCall(TOKEN)
        self._log = OutageLog("the feed")
        self.costs = Costs()
        self._began = world.clock.seconds
        self.told: set[str] = set()
        self.seconds_in_service = 0.0

    def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        # A request before this one may have taken time.
        spent = time.process_time()
        self._world.pass_until(self._world.clock.seconds)
        self.seconds_in_service += time.process_time() - spent
        age = None if self._by_time else max_read_age
        target = self._call.target(cursor, age)
        before = self.costs.service
        response = next(self._instances).ask(target, self._call.headers, self.costs)
        self.seconds_in_service += self.costs.service - before
        page = self._call.read(response, self._log)
        spent = time.process_time()
        self._check(page)
        self.seconds_in_service += time.process_time() - spent
        return page

    def _check(self, page: SessionFeedPage) -> None:
        costs, now = self.costs, self._world.clock.seconds
        for change in page.changes:
            costs.told += 1
            if change.position in self.told:
                costs.repeated += 1
                continue
            self.told.add(change.position)
            acknowledged = self._world.acknowledged[change.position]
            if acknowledged >= self._began:
                costs.worst = max(costs.worst, now - acknowledged)


class SimulatedFollower:
    """A follower that polls every half second."""

    def __init__(
        self, world: World, instances: Iterator[Instance], *, by_time: bool = False
    ) -> None:
        self.world = world
        self.feed = BalancedFeed(world, instances, by_time=by_time)
        self._follower = FeedFollower(
            self.feed, max_lag=2, max_use=60, interval=None, monotonic=world.clock.monotonic
        )
        self.polled = 0.0

    def poll(self) -> None:
        self.polled = self.world.clock.seconds
        in_service = self.feed.seconds_in_service
        spent: list[float] = []
        with self.world.measured(spent.append):
            self._follower.poll(INTERVAL)
        elsewhere = self.feed.seconds_in_service - in_service
        self.feed.costs.follower += max(0.0, spent[0] - elsewhere)


def follow(world: World, followers: list[SimulatedFollower], seconds: float) -> None:
    """Let the followers poll for so long."""
    end = world.clock.seconds + seconds
    due = [
        (world.clock.seconds + world.random.uniform(0, INTERVAL), number)
        for number in range(len(followers))
    ]
    heapify(due)
    while due[0][0] < end:
        at, number = due[0]
        world.pass_until(at)
        followers[number].poll()
        pause = INTERVAL * world.random.uniform(0.9, 1.1)
        heapreplace(due, (max(at, world.clock.seconds) + pause, number))


def missed(world: World, followers: list[SimulatedFollower], since: float) -> int:
    """How many changes a follower was not told although it polled after they were stored."""
    return sum(
        since < stored < follower.polled - INTERVAL and position not in follower.feed.told
        for follower in followers
        for position, stored in world.acknowledged.items()
    )


def measure(
    world: World, instances: list[Instance], followers: int, seconds: float
) -> tuple[str, ...]:
    """One row: what these followers cost."""
    balancer = cycle(instances)
    group = [SimulatedFollower(world, balancer) for _ in range(followers)]
    follow(world, group, 2 * INTERVAL * len(instances) + 1)
    since = world.clock.seconds
    for each in group:
        each.feed.costs = Costs()
    units, began = world.store.units, world.clock.seconds
    follow(world, group, seconds)
    passed = world.clock.seconds - began
    lost = missed(world, group, since)
    if lost:
        raise SystemExit(f"{lost} changes were missed")
    costs = [each.feed.costs for each in group]

    def per_second(name: str) -> float:
        values: list[float] = [getattr(each, name) for each in costs]
        return sum(values) / passed

    return (
        f"{len(instances)}",
        f"{followers}",
        f"{per_second('sent') / followers / 1000:,.0f}",
        how_often(per_second("told") / followers / world.rate),
        f"{(world.store.units - units) / passed:,.0f}",
        f"{1000 * per_second('service'):,.0f}",
        f"{1000 * per_second('follower') / followers:,.0f}",
        f"{max(each.worst for each in costs):.2f}",
    )


def measure_before(world: World, instance: Instance) -> tuple[str, ...]:
    """The same of one follower that reads by time: a round, times two a second."""
    follower = SimulatedFollower(world, cycle([instance]), by_time=True)
    units, began = world.store.units, world.clock.seconds
    follower.poll()
    took = world.clock.seconds - began
    costs = follower.feed.costs
    # A poll ends after 100 pages. The whole minute has more at a high rate.
    whole = 60 * world.rate / costs.told
    rounds = whole / INTERVAL
    units = world.store.units - units
    return (
        "1, before",
        "each",
        f"{rounds * costs.sent / 1000:,.0f}",
        how_often(rounds * costs.told / world.rate),
        f"{rounds * units:,.0f}",
        f"{1000 * rounds * costs.service:,.0f}",
        f"{1000 * rounds * costs.follower:,.0f}",
        f"{INTERVAL * 1.1 + 2 * took * whole:.1f}",
    )


def how_often(times: float) -> str:
    """A number of times, as the table in docs/performance.md has it."""
    rounded = f"{times:.1f}"
    return "once" if rounded == "1.0" else f"{rounded.removesuffix('.0')} times"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rates", type=int, nargs="+", default=[*SHARDS], choices=[*SHARDS])
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    print(
        "| endings a second | instances | followers | KB/s to each | each change is told | read"
        " units/s, all | CPU of the service, ms/s | CPU of each follower, ms/s | worst staleness, s"
        " |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for rate in options.rates:
        world = World(rate)
        world.pass_until(60)
        setups = SETUPS[: len(SETUPS) - (rate >= MANY_ENDINGS)]
        instances = [world.new_instance() for _ in range(max(count for count, _ in setups))]
        print_row(rate, measure_before(world, world.new_instance()))
        warm = [SimulatedFollower(world, cycle([instance])) for instance in instances]
        follow(world, warm, WARM_UP)
        for count, followers in setups:
            keep_warm = instances[count:]
            seconds = options.seconds / (1 + (followers * rate > MANY))
            print_row(rate, measure(world, instances[:count], followers, seconds))
            if keep_warm:
                follow(world, [SimulatedFollower(world, cycle([each])) for each in keep_warm], 1)


def print_row(rate: int, row: tuple[str, ...]) -> None:
    """Print a row of the table."""
    print(f"| {rate:,} | " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
