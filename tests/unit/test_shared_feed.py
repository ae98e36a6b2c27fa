"""Followers that share the reads of their instance, behind a load balancer."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Event, Thread
from typing import Any, Final
from zlib import crc32

import pytest
from support.builders.values import a_record

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    SessionChange,
    SessionChangeLog,
    SessionFeedService,
    StoreUnavailableError,
)
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.domain.services import (
    feed_reader,
    new_changes,
    recent_reads,
    shared_feed,
)
from cybershop_customer.domain.services.feed_cursor import (
    MAX_OFFSETS,
    OVERLAP,
    FeedCursor,
    parse_cursor,
    seconds_since_round,
)
from cybershop_customer.domain.services.feed_reader import FeedRead, FeedReader
from cybershop_customer.domain.session_feed import RETENTION
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

WAIT_SECONDS: Final = 30


class Log(SessionChangeLog):
    """A feed in a list, which counts what is read."""

    parts = 1

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.stored: list[SessionChange] = []
        self.reads = self.changes_read = 0
        self.meanwhile: Callable[[], object] = lambda: None
        self.error: Exception | None = None
        self.fails_to_count: str | None = None
        """A position. Counts of its time fail."""

    def end(self, customer_id: str = "zoe", *, ago: float = 0) -> str:
        """Store a change whose writer began so many seconds ago; return its position."""
        record = a_record(customer_id, at=self.clock.now() - timedelta(seconds=ago))
        self.stored.append(SessionChange(record.position, customer_id))
        return record.position

    def read(self, *, after: str, limit: int, part: int | None = None) -> tuple[SessionChange, ...]:
        self.reads += 1
        if self.error is not None:
            raise self.error
        found = sorted(
            (
                replace(change, part=self.part_of(change))
                for change in self.stored
                if change.position > after and part in (None, self.part_of(change))
            ),
            key=lambda change: change.position,
        )[:limit]
        self.changes_read += len(found)
        self.meanwhile()
        return tuple(found)

    def count(self, *, first: str, last: str) -> list[int]:
        if self.fails_to_count is not None and first <= self.fails_to_count <= last:
            raise StoreUnavailableError
        counts = [0] * self.parts
        for change in self.stored:
            counts[self.part_of(change)] += first <= change.position <= last
        return counts

    def part_of(self, change: SessionChange) -> int:
        return crc32(change.position.encode()) % self.parts


class Shop:
    """Instances of the service on one store."""

    def __init__(self, instances: int = 1) -> None:
        self.clock = ManualClock()
        self.log = Log(self.clock)
        self.instances = [self.new_instance() for _ in range(instances)]

    def new_instance(self) -> SessionFeedService:
        reader = FeedReader(self.log, self.clock, monotonic=self.clock.monotonic)
        return SessionFeedService(session_changes=self.log, clock=self.clock, reader=lambda: reader)


class Follower:
    """Reads the feed of any instance, and keeps the positions that it was told."""

    def __init__(self, shop: Shop, max_read_age: float = 0) -> None:
        self.shop = shop
        self.max_read_age = max_read_age
        self.cursor: str | None = None
        self.known: set[str] = set()

    def ask(self, instance: int = 0) -> list[str]:
        """Read up to the end of a round; return the positions."""
        told: list[str] = []
        while True:
            page = self.shop.instances[instance].read_changes(
                self.cursor, max_read_age=self.max_read_age
            )
            assert len(page.changes) <= shared_feed.MAX_PAGE
            told += [change.position for change in page.changes]
            self.cursor = page.cursor
            self.read_age = page.read_age
            if page.complete:
                self.known.update(told)
                return told


@pytest.fixture(params=[1, 4])
def shop(request: pytest.FixtureRequest) -> Shop:
    shop = Shop(instances=3)
    shop.log.parts = request.param
    return shop


def test_a_follower_is_told_each_change_once(shop: Shop) -> None:
    follower = Follower(shop)
    follower.ask()
    for _ in range(5):
        shop.clock.advance(seconds=1)
        ended = [shop.log.end() for _ in range(3)]

        assert follower.ask() == ended
        assert follower.ask() == []


def test_a_new_follower_begins_with_what_was_found_lately(shop: Shop) -> None:
    Follower(shop).ask()
    shop.log.end()
    Follower(shop).ask()
    shop.clock.advance(seconds=11)
    ended = shop.log.end()

    assert Follower(shop).ask() == [ended]


@pytest.mark.parametrize("late", [0, 0.4, 3, 10, 59])
@pytest.mark.parametrize("others", [0, 1000])
def test_a_change_that_is_stored_late_is_told(shop: Shop, late: float, others: int) -> None:
    follower = Follower(shop)
    shop.log.stored = [
        SessionChange(a_record("zoe", at=START - timedelta(seconds=number % 60)).position, "zoe")
        for number in range(others)
    ]
    for _ in range(3):
        shop.clock.advance(seconds=1)
        follower.ask()
    position = shop.log.end(ago=late)

    assert follower.ask() == [position]
    assert follower.ask() == []


@pytest.mark.parametrize("apart", [0.5, 2])
@pytest.mark.parametrize("late", [0, 3, 8, 33])
@pytest.mark.parametrize("phase", [0, 9, 18])
def test_beyond_what_a_store_counts_a_very_late_change_is_told_within_half_a_minute(
    shop: Shop, late: float, apart: float, phase: int
) -> None:
    shop.log.max_recount = 700
    follower = Follower(shop)

    def poll() -> None:
        for _ in range(int(20 * apart)):
            shop.log.end()
        shop.clock.advance(seconds=apart)
        follower.ask()

    for _ in range(int(70 / apart) + phase):
        poll()
    position = shop.log.end(ago=late)
    polls = 0
    while position not in follower.known:
        polls += 1
        assert polls * apart <= 30
        poll()

    assert late > 4 or polls == 1


def test_a_count_that_failed_is_made_at_the_next_read(shop: Shop) -> None:
    """Otherwise the counts of half a minute would pass a very late change by."""
    shop.log.max_recount = 700
    follower = Follower(shop)
    for _ in range(1400):
        shop.log.end()
        shop.clock.advance(seconds=0.05)
    follower.ask()
    position = shop.log.end(ago=20)
    shop.log.fails_to_count = position
    told: list[str] = []
    failed = False
    while not failed:
        shop.clock.advance(seconds=0.5)
        try:
            told += follower.ask()
        except CheckerUnavailableError:
            failed = True
    assert position not in told

    shop.log.fails_to_count = None
    assert position in follower.ask()


class TestAVeryLateChangeAndAnotherInstance:
    """Two instances count the minute at different times, so they find such a change apart."""

    followers: tuple[Follower, Follower]

    def poll(self, shop: Shop, polls: int, *instances: int) -> None:
        for _ in range(polls):
            for _ in range(10):
                shop.log.end()
            shop.clock.advance(seconds=0.5)
            for instance in instances:
                self.followers[instance].ask(instance)

    def found_by_the_second_one(self, shop: Shop) -> str:
        """A change that the second instance found 12 seconds ago, and the first one did not."""
        shop.log.max_recount = 700
        self.followers = Follower(shop), Follower(shop)
        self.poll(shop, 140, 0)
        self.poll(shop, 12, 0, 1)
        position = shop.log.end(ago=30)
        self.poll(shop, 24, 0, 1)
        assert position in self.followers[1].known - self.followers[0].known
        return position

    def test_is_told_to_a_follower_that_comes_from_the_other(self, shop: Shop) -> None:
        position = self.found_by_the_second_one(shop)

        assert self.followers[0].ask(1).count(position) == 1
        assert position not in self.followers[0].ask(1)

    def test_is_told_again_for_a_minute(self, shop: Shop) -> None:
        position = self.found_by_the_second_one(shop)
        cursor = self.followers[0].cursor
        self.poll(shop, 120, 1)
        self.followers[0].cursor = cursor

        assert position in self.followers[0].ask(1)
        page = shop.instances[1].read_changes(None, max_read_age=0)
        assert position not in [change.position for change in page.changes]

    def test_is_found_in_the_store_if_there_are_too_many(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recent_reads, "MAX_VERY_LATE", 0)
        position = self.found_by_the_second_one(shop)

        assert position in self.followers[0].ask(1)


def test_for_a_late_change_one_part_is_read_again(shop: Shop) -> None:
    shop.log.parts = 4
    follower = Follower(shop)
    for _ in range(60):
        for _ in range(100):
            shop.log.end()
        shop.clock.advance(seconds=1)
        follower.ask()
    shop.log.changes_read = 0
    position = shop.log.end(ago=10)

    assert follower.ask() == [position]
    (late,) = [change for change in shop.log.stored if change.position == position]
    alike = sum(shop.log.part_of(change) == shop.log.part_of(late) for change in shop.log.stored)
    # The half second that each read repeats is empty here.
    assert shop.log.changes_read <= alike + 1


def test_the_work_of_a_read_grows_with_what_is_new(shop: Shop) -> None:
    follower = Follower(shop)
    for _ in range(60):
        for _ in range(100):
            shop.log.end()
        shop.clock.advance(seconds=1)
        follower.ask()
    shop.log.end()
    shop.log.changes_read = 0

    assert len(follower.ask()) == 1

    assert shop.log.changes_read < 200, "6,000 changes are in the last minute"


def test_a_late_change_is_found_without_reading_the_minute(shop: Shop) -> None:
    follower = Follower(shop)
    for _ in range(60):
        for number in range(100):
            shop.log.end(ago=number / 100)
        shop.clock.advance(seconds=1)
        follower.ask()
    position = shop.log.end(ago=30)
    shop.log.changes_read = 0

    assert follower.ask() == [position]

    assert shop.log.changes_read < 2000


class TestSharedReads:
    def test_a_follower_accepts_the_read_of_another(self, shop: Shop) -> None:
        first, second = Follower(shop), Follower(shop, max_read_age=0.5)
        second.ask()
        shop.clock.advance(seconds=1)
        position = shop.log.end()
        first.ask()
        shop.clock.advance(seconds=0.4)
        later = shop.log.end()
        shop.log.reads = 0

        assert second.ask() == [position]
        assert second.read_age == pytest.approx(0.4)
        assert shop.log.reads == 0
        shop.clock.advance(seconds=0.1)
        assert second.ask() == [later]
        assert second.read_age == 0

    def test_by_default_a_read_begins_after_the_request(self, shop: Shop) -> None:
        first, second = Follower(shop), Follower(shop)
        first.ask()
        second.ask()
        first.ask()
        position = shop.log.end()

        assert second.ask() == [position]

    def test_requests_at_the_same_time_share_one_read(self, shop: Shop) -> None:
        Follower(shop).ask()
        reading, go_on = Event(), Event()

        def wait() -> None:
            reading.set()
            assert go_on.wait(WAIT_SECONDS)

        shop.log.meanwhile = wait
        first = Thread(target=Follower(shop).ask)
        first.start()
        assert reading.wait(WAIT_SECONDS)
        position = shop.log.end()
        shop.log.reads = 0
        ready = Barrier(6)
        followers = [Follower(shop) for _ in range(5)]

        def ask(follower: Follower) -> None:
            ready.wait(WAIT_SECONDS)
            follower.ask()

        threads = [Thread(target=ask, args=(follower,)) for follower in followers]
        for thread in threads:
            thread.start()
        ready.wait(WAIT_SECONDS)
        shop.log.meanwhile = lambda: None
        go_on.set()
        for thread in [first, *threads]:
            thread.join(WAIT_SECONDS)
            assert not thread.is_alive()

        assert all(position in follower.known for follower in followers)
        # A thread that came late enough began a read of its own.
        assert 1 <= shop.log.reads <= 5

    def test_a_failed_read_loses_no_change(self, shop: Shop) -> None:
        follower = Follower(shop)
        follower.ask()
        position = shop.log.end()
        shop.log.error = StoreUnavailableError()
        with pytest.raises(CheckerUnavailableError):
            follower.ask()
        shop.log.error = None

        assert follower.ask() == [position]

    def test_what_was_found_before_a_failure_is_told_later(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(new_changes, "READ_LIMIT", 2)
        follower = Follower(shop)
        follower.ask()
        positions = [shop.log.end() for _ in range(3)]

        def fail_next() -> None:
            shop.log.error = StoreUnavailableError()

        shop.log.meanwhile = fail_next
        with pytest.raises(CheckerUnavailableError):
            follower.ask()
        shop.log.error, shop.log.meanwhile = None, lambda: None

        assert sorted(follower.ask()) == positions

    def test_those_who_wait_for_a_read_that_fails_get_its_error(self, shop: Shop) -> None:
        Follower(shop).ask()
        reading, go_on = Event(), Event()
        shop.log.meanwhile = lambda: reading.set() or go_on.wait(WAIT_SECONDS)  # type: ignore[func-returns-value]
        reader = FeedReader(shop.log, shop.clock, monotonic=shop.clock.monotonic)
        first = Thread(target=lambda: reader.read(0))
        first.start()
        assert reading.wait(WAIT_SECONDS)
        shop.log.error = StoreUnavailableError(7)
        outcomes: list[StoreUnavailableError] = []

        def ask() -> None:
            try:
                reader.read(0)
            except StoreUnavailableError as error:
                outcomes.append(error)

        others = [Thread(target=ask) for _ in range(4)]
        for thread in others:
            thread.start()
        while waiting(reader) < len(others):
            reading.wait(0)
        reads = shop.log.reads
        go_on.set()
        for thread in [first, *others]:
            thread.join(WAIT_SECONDS)

        assert [error.retry_after for error in outcomes] == 4 * [7]
        assert shop.log.reads == reads + 1

    @pytest.mark.parametrize("comes_late", [False, True])
    def test_no_thread_waits_for_a_slow_read(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, comes_late: bool
    ) -> None:
        """Otherwise the followers could hold every thread of the service."""
        monkeypatch.setattr(feed_reader, "MAX_WAIT", 0.2)
        clock = shop.clock.monotonic if comes_late else time.monotonic
        reader = FeedReader(shop.log, shop.clock, monotonic=clock)
        reading, go_on = Event(), Event()
        shop.log.meanwhile = lambda: reading.set() or go_on.wait(WAIT_SECONDS)  # type: ignore[func-returns-value]
        numbers: list[int] = []
        first = Thread(target=lambda: numbers.append(reader.read(0)[0].number))
        first.start()
        assert reading.wait(WAIT_SECONDS)
        shop.clock.advance(seconds=0.3)
        with pytest.raises(StoreUnavailableError):
            reader.read(0)
        go_on.set()
        first.join(WAIT_SECONDS)

        assert numbers == [1]
        assert reader.read(0)[0].number == 2

    def test_a_read_of_a_reader_that_began_anew_has_no_offset(self, shop: Shop) -> None:
        reader = FeedReader(shop.log, shop.clock)
        old, _ = reader.read(0)
        shop.clock.advance(seconds=OVERLAP.total_seconds() + 1)
        new, _ = reader.read(0)

        def changes_since(read: FeedRead) -> object:
            return reader.changes_since(0, START, 9, read=read, is_new=False)

        assert changes_since(old) is None
        assert changes_since(new) == ((), 0)


def waiting(reader: FeedReader) -> int:
    """How many threads wait for a read of ``reader``."""
    return len(reader._condition._waiters)  # type: ignore[attr-defined]


class TestManyChanges:
    def test_they_are_told_page_by_page(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shared_feed, "MAX_PAGE", 4)
        follower = Follower(shop)
        follower.ask()
        for _ in range(3):
            positions = [shop.log.end() for _ in range(3)]
            assert Follower(shop).ask()[-3:] == positions

        assert len(follower.ask()) == 9
        first = shop.instances[0].read_changes(None, max_read_age=0)
        assert (len(first.changes), first.complete) == (4, False)

    @pytest.mark.parametrize("max_recount", [None, 30])
    def test_a_new_reader_begins_with_the_last_ones(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, max_recount: int | None
    ) -> None:
        monkeypatch.setattr(new_changes, "READ_LIMIT", 20)
        monkeypatch.setattr(new_changes, "_FEW", 10)
        shop.log.max_recount = max_recount
        old = {shop.log.end(ago=20 + number / 10) for number in range(60)}
        recent = {shop.log.end(ago=number) for number in range(5)}
        follower = Follower(shop)

        told = {*follower.ask()}

        assert recent <= told
        assert (old <= told) == (max_recount is None)
        for _ in range(60):
            shop.clock.advance(seconds=0.5)
            told.update(follower.ask())
        assert {position for position in old if position > rfc3339(START - OVERLAP / 2)} <= told

    def test_a_new_follower_reads_the_store_if_its_first_read_found_more_than_is_kept(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(new_changes, "READ_LIMIT", 2)
        monkeypatch.setattr(recent_reads, "MAX_KEPT", 2)
        for _ in range(2):
            shop.log.end()
        positions: list[str] = []

        def end_once() -> None:
            shop.log.meanwhile = lambda: None
            positions.append(shop.log.end())

        shop.log.meanwhile = end_once

        told = Follower(shop).ask()

        assert len(positions) == 1
        assert positions[0] in told


class TestSeveralInstances:
    def test_a_follower_of_many_instances_misses_nothing(self, shop: Shop) -> None:
        followers = [Follower(shop) for _ in range(3)]
        for number, follower in enumerate(followers):
            follower.ask(number)
        ended: set[str] = set()
        for step in range(60):
            shop.clock.advance(seconds=0.3)
            ended |= {shop.log.end(), shop.log.end(ago=step % 7)}
            for number, follower in enumerate(followers):
                follower.ask((step * (number + 1)) % 3)
                assert ended <= follower.known

    def test_in_the_end_each_instance_tells_each_change_once(self, shop: Shop) -> None:
        follower = Follower(shop)
        for instance in (0, 1, 2):
            follower.ask(instance)
        position = shop.log.end()

        told = [follower.ask(instance) for instance in (0, 1, 2, 0, 1, 2)]

        assert told == 3 * [[position]] + 3 * [[]]

    def test_an_instance_that_just_started_reads_the_store_by_time(self, shop: Shop) -> None:
        follower = Follower(shop)
        follower.ask()
        shop.clock.advance(seconds=20)
        positions = [shop.log.end(ago=number) for number in range(20)]
        shop.instances[0] = shop.new_instance()

        assert sorted(follower.ask()) == sorted(positions)
        assert follower.ask() == []

    def test_reading_the_store_by_time_goes_page_by_page_and_to_any_instance(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shared_feed, "MAX_PAGE", 4)
        follower = Follower(shop)
        follower.ask()
        shop.clock.advance(seconds=20)
        stored = {shop.log.end(ago=number) for number in range(10)}
        told: set[str] = set()
        complete, instance = False, 1
        while not complete:
            page = shop.instances[instance].read_changes(follower.cursor, max_read_age=0)
            told |= {change.position for change in page.changes}
            follower.cursor, complete, instance = page.cursor, page.complete, 3 - instance
            # Stored now, behind what this round has read.
            stored.add(shop.log.end(ago=25))
        told.update(follower.ask(1))

        assert stored <= told
        assert follower.ask(1) == []

    def test_an_offset_that_is_no_longer_kept_is_found_by_time(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recent_reads, "MAX_KEPT", 3)
        slow, quick = Follower(shop), Follower(shop)
        slow.ask()
        quick.ask()
        ended: set[str] = set()
        for _ in range(5):
            shop.clock.advance(seconds=1)
            ended |= {shop.log.end(), shop.log.end()}
            quick.ask()

        assert ended <= {*slow.ask()}
        assert slow.ask() == []

    def test_a_reader_that_was_idle_begins_anew(self, shop: Shop) -> None:
        follower = Follower(shop)
        follower.ask()
        shop.clock.advance(seconds=OVERLAP.total_seconds() + 100)
        positions = [shop.log.end(ago=seconds) for seconds in (90, 5)]

        assert sorted(follower.ask()) == sorted(positions)
        cursor = parse_cursor(str(follower.cursor))
        assert cursor is not None
        assert len(cursor.offsets) == 2

    def test_a_cursor_keeps_the_offsets_of_the_last_instances_only(self) -> None:
        cursor = FeedCursor(START)
        for number in range(MAX_OFFSETS + 3):
            cursor = cursor.with_offset(f"{number:012x}", number)
        cursor = cursor.with_offset(f"{3:012x}", 10**14)

        assert len(cursor.offsets) == MAX_OFFSETS
        assert cursor.offset_of(f"{3:012x}") == 10**14
        assert cursor.offset_of(f"{2:012x}") is cursor.offset_of(f"{0:012x}") is None
        assert parse_cursor(str(cursor)) == cursor
        assert len(str(cursor)) < 1000


def test_a_moment_from_before_all_that_is_kept_has_no_offset() -> None:
    def at(second: int) -> datetime:
        return START + timedelta(seconds=second)

    reads = recent_reads.RecentReads(at(0))
    for second in (1, 2):
        reads.add(at(second), [SessionChange(str(second), "zoe")])

    assert [reads.offset_at(at(second)) for second in (-1, 0, 1, 2, 3)] == [None, 0, 0, 1, 2]
    reads.add(at(62), [])
    assert [reads.offset_at(at(second)) for second in (1, 2, 3)] == [None, 1, 2]
    assert [reads.has(offset) for offset in (0, 1, 2, 3)] == [False, True, True, False]


OFFSET: Final = "0123456789ab.7"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "v2",
        f"v2_{rfc3339(START)}_",
        f"v2_{rfc3339(START)}\n",
        f"v1_{rfc3339(START)}",
        f"v2_{rfc3339(START)}_{OFFSET}_{OFFSET}",
        f"v2_{rfc3339(START)}_{OFFSET.upper()}",
        f"v2_{rfc3339(START)}_{OFFSET}x",
        f"v2_{rfc3339(START)}_0123456789ab.-1",
        f"v2_{rfc3339(START)}_0123456789ab.{10**15}",
        f"v2_{rfc3339(START)}_0123456789ab.\u0661",
        f"v2_{rfc3339(START)}" + "".join(f"_{number:012x}.1" for number in range(MAX_OFFSETS + 1)),
        f"v2_{rfc3339(START)}_{OFFSET}_{a_record('ann').position}",
        "v2_2031-02-31T00:00:00.000000Z",
        "v2_0000-01-01T00:00:00.000000Z",
        "9999-12-31T23:59:59.999999Z",
        "2031-02-31T00:00:00.000000Z",
    ],
)
def test_a_text_that_is_no_cursor_is_refused(shop: Shop, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="must be the cursor of the page before"):
        shop.instances[0].read_changes(cursor, max_read_age=0)

    assert shop.log.reads == 0
    assert seconds_since_round(cursor, START) is None


@pytest.mark.parametrize(
    "cursor",
    [
        f"v2_{rfc3339(START - RETENTION)}_{OFFSET}",
        "v2_0001-01-01T00:00:00.000000Z",
        f"v2_{rfc3339(START)}_{a_record('ann', at=START - 2 * RETENTION).position}",
        rfc3339(START - RETENTION - timedelta(seconds=1)),
    ],
)
def test_a_cursor_that_is_too_old_is_refused(shop: Shop, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match=r"too old: forget .* begin without one"):
        shop.instances[0].read_changes(cursor, max_read_age=0)


@pytest.mark.parametrize("offset", [0, 10**14])
def test_an_offset_that_no_instance_has_is_found_by_time(shop: Shop, offset: int) -> None:
    position = shop.log.end()
    cursor = f"v2_{rfc3339(START)}_0123456789ab.{offset}"

    page = shop.instances[0].read_changes(cursor, max_read_age=0)

    assert [change.position for change in page.changes] == [position]


def test_a_cursor_from_a_clock_that_is_ahead_skips_nothing(shop: Shop) -> None:
    position = shop.log.end()
    ahead = f"v2_{rfc3339(START + timedelta(hours=5))}"

    page = shop.instances[0].read_changes(ahead, max_read_age=0)

    assert [change.position for change in page.changes] == [position]
    assert seconds_since_round(page.cursor, START) == 0
    assert seconds_since_round(ahead, START) == 0


def test_a_follower_that_read_by_time_goes_on_with_offsets(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A follower of an older version is updated, or an older instance answered before."""
    monkeypatch.setattr("cybershop_customer.domain.services.session_feed_service.MAX_PAGE", 2)
    positions = [shop.log.end(ago=number) for number in (3, 2, 1)]
    within = shop.instances[0].read_changes(None)
    between = shop.instances[0].read_changes(within.cursor)
    assert (within.complete, between.complete) == (False, True)

    for page in (within, between):
        follower = Follower(shop)
        follower.cursor = page.cursor
        told = {*follower.ask(), *(change.position for change in page.changes)}
        assert {positions[2]} <= told
        assert str(follower.cursor).startswith("v2_")
        late = shop.log.end(ago=30)
        assert late in follower.ask()


def test_the_age_of_a_cursor_is_that_of_its_round(shop: Shop) -> None:
    follower = Follower(shop)
    follower.ask()

    def age(now: datetime) -> Any:
        return seconds_since_round(str(follower.cursor), now)

    assert age(START) == 0
    assert age(START + timedelta(seconds=3)) == 3
