"""Following the session change feed."""

from datetime import timedelta
from typing import Final

import pytest
from support.builders.values import a_record, added
from support.doubles.failing_port import FailingPort
from support.doubles.port_recorder import CallLog, PortRecorder

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    SessionFeedService,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.domain.services.feed_cursor import OVERLAP
from cybershop_customer.domain.services.shared_feed import MAX_PAGE
from cybershop_customer.domain.session_feed import RETENTION
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

A_MICROSECOND: Final = timedelta(microseconds=1)


class Follower:
    """Follows the feed of a store in memory, and keeps the changes that it has read."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.storage = memory_storage()
        self.customer_id = added(self.storage).customer_id
        self.calls = CallLog()
        recorded = PortRecorder(self.storage.session_changes, "feed", self.calls)
        self.feed = SessionFeedService(
            session_changes=recorded,  # type: ignore[arg-type]
            clock=self.clock,
        )
        self.cursor: str | None = None
        self.positions: set[str] = set()

    def end(self, *, ago: timedelta = timedelta()) -> str:
        """End a session now, by an operation that began that long ago; return its position."""
        record = a_record(self.customer_id, at=self.clock.now() - ago)
        assert self.storage.sessions.close_all(self.customer_id, record)
        return record.position

    def read(self) -> bool:
        """Read a page; return whether it ends its round."""
        page = self.feed.read_changes(self.cursor)
        self.cursor = page.cursor
        self.positions |= {change.position for change in page.changes}
        assert {change.customer_id for change in page.changes} <= {self.customer_id}
        return page.complete


@pytest.fixture
def follower() -> Follower:
    return Follower()


def test_the_first_page_has_the_changes_of_the_last_minute(follower: Follower) -> None:
    old = follower.end(ago=OVERLAP + A_MICROSECOND)
    recent = [follower.end(ago=OVERLAP), follower.end()]

    assert follower.read()

    assert follower.positions == set(recent)
    assert old not in follower.positions


def test_each_page_is_one_read(follower: Follower) -> None:
    assert follower.calls.during(follower.read) == ["feed.read"]


def test_a_page_has_the_changes_since_its_cursor(follower: Follower) -> None:
    follower.read()
    follower.clock.advance(minutes=5)
    ended = [follower.end() for _ in range(3)]
    follower.clock.advance(minutes=5)

    assert follower.read()

    assert follower.positions == set(ended)


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=10), OVERLAP])
def test_a_late_change_is_not_missed(follower: Follower, late: timedelta) -> None:
    """The position of a change is when it began, and later positions were already read."""
    for _ in range(3):
        follower.clock.advance(seconds=1)
        follower.end()
        follower.read()
    position = follower.end(ago=late)

    follower.read()

    assert position in follower.positions


def test_a_change_stored_during_a_read_is_in_the_next_round(follower: Follower) -> None:
    positions: list[str] = []

    def take_long() -> None:
        follower.clock.advance(minutes=3)
        positions.append(follower.end(ago=timedelta(minutes=3, seconds=30)))

    follower.read()
    follower.calls.before("feed.read", take_long)
    follower.read()
    follower.positions.clear()

    follower.read()

    assert follower.positions == set(positions)


class TestManyChanges:
    def test_they_are_read_page_by_page(self, follower: Follower) -> None:
        follower.read()
        follower.clock.advance(minutes=10)
        ended = [
            follower.end(ago=timedelta(minutes=9, microseconds=number))
            for number in range(MAX_PAGE + 5)
        ]

        assert not follower.read()
        assert len(follower.positions) == MAX_PAGE
        assert follower.read()
        assert follower.positions == set(ended)

    def test_a_late_change_is_not_missed_however_long_the_round_takes(
        self, follower: Follower
    ) -> None:
        for number in range(MAX_PAGE + 5):
            follower.end(ago=timedelta(seconds=30, microseconds=-number))
        assert not follower.read()
        # Stored now, at a position before the last one read.
        late = follower.end(ago=timedelta(seconds=31))
        follower.clock.advance(minutes=20)

        assert follower.read()
        assert late not in follower.positions
        assert not follower.read()

        assert late in follower.positions

    def test_a_full_page_that_is_the_last_is_followed_by_an_empty_one(
        self, follower: Follower
    ) -> None:
        follower.cursor = None
        for number in range(MAX_PAGE):
            follower.end(ago=timedelta(microseconds=number))

        assert not follower.read()
        assert follower.read()
        assert len(follower.positions) == MAX_PAGE


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "now",
        "2031-05-17",
        "2031-05-17T12:00:00Z",
        rfc3339(START) + "\n",
        rfc3339(START) + "~",
        # A position without the start of the next round.
        a_record("ann").position,
        f"{rfc3339(START)}_{rfc3339(START)}",
        f"{a_record('ann').position}_",
        f"{a_record('ann').position}_{rfc3339(START)}x",
        f"{rfc3339(START)}~{'x' * 65}_{rfc3339(START)}",
        f"{rfc3339(START)}~a/b_{rfc3339(START)}",
        "\uff12031-05-17T12:00:00.123456Z",
        "\0",
        "#sessions",
    ],
)
def test_a_text_that_is_no_cursor_is_refused(follower: Follower, cursor: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        follower.feed.read_changes(cursor)

    (fault,) = refusal.value.faults
    assert (fault.field, fault.detail) == ("cursor", "must be the cursor of the page before")
    assert follower.calls.names == []


def test_a_cursor_is_valid_as_long_as_changes_are_kept(follower: Follower) -> None:
    follower.read()
    position = follower.end()
    follower.clock.advance(seconds=(RETENTION - OVERLAP).total_seconds())

    follower.read()

    assert position in follower.positions


def test_a_cursor_that_is_too_old_is_refused(follower: Follower) -> None:
    follower.read()
    follower.clock.advance(seconds=(RETENTION - OVERLAP + A_MICROSECOND).total_seconds())

    with pytest.raises(InvalidInputError, match=r"too old: forget .* begin without one"):
        follower.read()

    follower.cursor = None
    assert follower.read()


@pytest.mark.parametrize(
    ("place", "next_round"),
    [(RETENTION + A_MICROSECOND, timedelta()), (timedelta(), RETENTION + A_MICROSECOND)],
)
def test_both_halves_of_a_cursor_can_be_too_old(
    follower: Follower, place: timedelta, next_round: timedelta
) -> None:
    position = a_record("ann", at=START - place).position

    with pytest.raises(InvalidInputError, match="too old"):
        follower.feed.read_changes(f"{position}_{rfc3339(START - next_round)}")


def test_a_cursor_from_a_clock_that_is_ahead_skips_nothing(follower: Follower) -> None:
    position = follower.end()
    ahead = rfc3339(START + timedelta(hours=5))

    page = follower.feed.read_changes(ahead)
    within = follower.feed.read_changes(f"{a_record('ann', at=START).position}_{ahead}")

    assert [change.position for change in page.changes] == [position]
    assert page.cursor == within.cursor == rfc3339(START - OVERLAP)


@pytest.mark.parametrize(
    ("error", "retry_after"), [(StoreUnavailableError(7), 7), (StoreFaultError("no table"), 1)]
)
def test_a_store_that_cannot_be_read_is_no_empty_feed(error: Exception, retry_after: int) -> None:
    broken = FailingPort(error)
    feed = SessionFeedService(session_changes=broken, clock=ManualClock())  # type: ignore[arg-type]

    with pytest.raises(CheckerUnavailableError) as unavailable:
        feed.read_changes(None)

    assert unavailable.value.retry_after == retry_after
    assert unavailable.value.__cause__ is error
