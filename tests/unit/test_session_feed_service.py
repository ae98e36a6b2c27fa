"""The feed of ended sessions, as its followers read it."""

from datetime import timedelta

import pytest
from support.cached_shop import Changes

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    SessionChange,
    SessionFeedService,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.memory.clock import ManualClock
from cybershop_customer.domain.audit import rfc3339


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.changes = Changes()
        self.feed = SessionFeedService(session_changes=self.changes, clock=self.clock)

    def tell(self, customer_id: str, *, seconds_ago: float = 0) -> SessionChange:
        at = self.clock.now() - timedelta(seconds=seconds_ago)
        number = len(self.changes.stored)
        change = SessionChange(f"{rfc3339(at)}~{number:06}", customer_id)
        self.changes.stored.append(change)
        return change


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_begins_with_the_last_minute(bench: Bench) -> None:
    bench.tell("too old", seconds_ago=60.001)
    change = bench.tell("ann", seconds_ago=59.999)

    page = bench.feed.read_changes(None)

    assert page.changes == (change,)
    assert page.complete


def test_reading_on_tells_what_came_since(bench: Bench) -> None:
    cursor = bench.feed.read_changes(None).cursor
    bench.clock.advance(minutes=30)
    change = bench.tell("ann", seconds_ago=1700)

    assert bench.feed.read_changes(cursor).changes == (change,)


def test_what_is_stored_a_minute_late_is_told_still(bench: Bench) -> None:
    bench.clock.advance(minutes=5)
    cursor = bench.feed.read_changes(None).cursor
    late = bench.tell("ann", seconds_ago=59.9)

    assert bench.feed.read_changes(cursor).changes == (late,)


def test_what_was_told_for_a_minute_is_told_no_more(bench: Bench) -> None:
    change = bench.tell("ann")
    cursor, told = None, 0
    for _ in range(70):
        page = bench.feed.read_changes(cursor)
        cursor, told = page.cursor, told + page.changes.count(change)
        bench.clock.advance(seconds=1)

    # Once a second, and one look longer, since a cursor is of the look before.
    assert told == 1 + 60 + 1


def test_pages_follow_one_another_and_leave_nothing_out(bench: Bench) -> None:
    stored = [bench.tell(f"customer{number}", seconds_ago=30) for number in range(2345)]

    pages = [bench.feed.read_changes(None)]
    while not pages[-1].complete:
        pages.append(bench.feed.read_changes(pages[-1].cursor))

    assert [change for page in pages for change in page.changes] == stored
    assert [len(page.changes) for page in pages] == [1000, 1000, 345]


def test_after_the_last_page_it_reads_back_again(bench: Bench) -> None:
    """Another change may yet be stored between those of the first pages."""
    for number in range(1500):
        bench.tell(f"customer{number}", seconds_ago=10)
    page = bench.feed.read_changes(bench.feed.read_changes(None).cursor)
    late = bench.tell("late", seconds_ago=20)

    assert late in bench.feed.read_changes(page.cursor).changes


def test_the_cursor_is_of_before_the_read(bench: Bench) -> None:
    """What is stored during the read may stand at an earlier time than its end."""
    read = bench.changes.read

    def read_slowly(*, after: str, limit: int) -> tuple[SessionChange, ...]:
        found = read(after=after, limit=limit)
        bench.clock.advance(seconds=50)
        return found

    bench.changes.read = read_slowly  # type: ignore[method-assign]
    cursor = bench.feed.read_changes(None).cursor
    bench.changes.read = read  # type: ignore[method-assign]
    late = bench.tell("ann", seconds_ago=100)

    assert late in bench.feed.read_changes(cursor).changes


def test_a_cursor_of_an_hour_ago_can_be_read_on_from_and_no_older_one(bench: Bench) -> None:
    cursor = bench.feed.read_changes(None).cursor
    bench.clock.advance(minutes=59)
    assert bench.feed.read_changes(cursor).complete

    bench.clock.advance(seconds=0.001)

    with pytest.raises(InvalidInputError, match="too old") as refused:
        bench.feed.read_changes(cursor)
    assert [fault.field for fault in refused.value.faults] == ["cursor"]


@pytest.mark.parametrize(
    "cursor", ["", "x", "2031-05-17", "2031-05-17T12:00:00Z", "2031-05-17T12:00:00.000000Z~a b"]
)
def test_what_is_no_cursor_is_refused(bench: Bench, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="cursor must be the cursor of the page before"):
        bench.feed.read_changes(cursor)
    assert bench.changes.reads == 0


@pytest.mark.parametrize(
    ("error", "retry_after"), [(StoreUnavailableError(5), 5), (StoreFaultError("x"), 1)]
)
def test_a_store_that_fails_makes_the_feed_unavailable(
    bench: Bench, error: Exception, retry_after: int
) -> None:
    bench.changes.error = error

    with pytest.raises(CheckerUnavailableError) as refused:
        bench.feed.read_changes(None)
    assert refused.value.retry_after == retry_after
