"""The thread that follows the feed."""

from threading import Event

import pytest
from support.services.cache_harness import CacheHarness, wait_for

from cybershop_customer import (
    CheckerUnavailableError,
    SessionFeed,
    SessionFeedPage,
    StoreFaultError,
)
from cybershop_customer.adapters.caching import followed_changes
from cybershop_customer.adapters.caching.feed_follower import FeedFollower
from cybershop_customer.adapters.caching.followed_changes import SETTLED_AFTER
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.entrypoints.testkit.clock import ManualClock


class Feed(SessionFeed):
    """Raises the errors of ``plan`` in order. After that, it has no changes. Records each read."""

    def __init__(self, *plan: Exception | None) -> None:
        self.plan = list(plan)
        self.reads: list[str | None] = []
        self.served = Event()

    def read_changes(self, cursor: str | None, **_: object) -> SessionFeedPage:
        self.reads.append(cursor)
        error = self.plan.pop(0) if self.plan else None
        if error is not None:
            raise error
        if not self.plan:
            self.served.set()
        return SessionFeedPage((), "cursor", complete=True)


def follower_of(
    feed: SessionFeed, interval: float | None = 0.001, longest_wait: float = 10
) -> FeedFollower:
    return FeedFollower(
        feed,
        max_lag=2,
        max_use=60,
        interval=interval,
        monotonic=ManualClock().monotonic,
        longest_wait=longest_wait,
    )


class TestTheThread:
    def test_it_starts_at_the_first_check_and_stops(self) -> None:
        feed = Feed()
        follower = follower_of(feed)
        assert feed.reads == []

        for _ in range(3):
            follower.ensure_started()
        wait_for(feed.served)
        assert follower.covers(began=0, now=0)
        follower.stop()

    def test_it_survives_every_error(self, caplog: pytest.LogCaptureFixture) -> None:
        feed = Feed(
            None, CheckerUnavailableError(), ZeroDivisionError("a bug"), StoreFaultError(), None
        )
        follower = follower_of(feed)

        follower.ensure_started()
        wait_for(feed.served)
        follower.stop()

        messages = [record.getMessage() for record in caplog.records]
        assert [message.partition(",")[0] for message in messages][:1] == [
            "the session change feed cannot be followed"
        ]

    def test_a_check_starts_it_and_closing_the_checker_stops_it(self) -> None:
        harness, feed = CacheHarness(), Feed()
        context_id = harness.log_in()

        closed = Event()

        with CachingSessionChecker(
            harness.source,
            clock=harness.clock,
            feed=feed,
            feed_interval=0.001,
            close_source=closed.set,
        ) as checker:
            assert feed.reads == []
            checker.check_session(context_id)
            wait_for(feed.served)
        follower = checker._cache.get().follower
        assert follower is not None
        assert follower._stopped.is_set()
        assert closed.is_set()

    def test_a_follower_that_was_stopped_starts_no_thread(self) -> None:
        feed = Feed()
        follower = follower_of(feed)
        follower.stop()

        follower.ensure_started()

        assert feed.reads == []

    def test_without_an_interval_there_is_no_thread(self) -> None:
        feed = Feed()

        follower_of(feed, interval=None).ensure_started()

        assert feed.reads == []


def test_pauses_grow_while_the_feed_fails_and_become_normal_again() -> None:
    feed = Feed(*[CheckerUnavailableError() for _ in range(6)], None, None)
    follower = follower_of(feed, interval=0.5)
    pauses: list[float] = []

    class Stopped(Event):
        def wait(self, timeout: float | None = None) -> bool:
            assert timeout is not None
            pauses.append(timeout)
            return len(pauses) == 8

    follower._stopped = Stopped()
    follower._uniform = lambda low, high: (low + high) / 2

    follower._run(0.5)

    assert pauses == [1, 2, 4, 5, 5, 5, 0.5, 0.5]


def test_a_poll_waits_for_another_poll_for_longest_wait() -> None:
    follower = follower_of(Feed(), interval=None, longest_wait=0.01)
    follower._polling.acquire()

    with pytest.raises(CheckerUnavailableError):
        follower.poll()


def test_no_page_is_read_once_the_follower_is_stopped() -> None:
    """A read would open a connection that stays open."""
    feed = Feed()
    follower = follower_of(feed, interval=None)
    follower.stop()

    follower.poll()

    assert feed.reads == []


def test_a_check_works_although_no_thread_can_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    feed = Feed()
    follower = follower_of(feed)

    def start(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as limits:
        limits.setattr("threading.Thread.start", start)
        follower.ensure_started()
    assert "can't start new thread" in caplog.text

    follower.ensure_started()
    wait_for(feed.served)
    follower.stop()


def test_a_feed_without_end_does_not_count_as_followed() -> None:
    class Endless(SessionFeed):
        def read_changes(self, cursor: str | None, **_: object) -> SessionFeedPage:
            return SessionFeedPage((), "cursor", complete=False)

    follower = follower_of(Endless(), interval=None)

    follower.poll()

    assert not follower.covers(began=0, now=0)


def test_the_answer_of_a_check_during_a_change_is_not_cached() -> None:
    harness = CacheHarness(followed=True, max_lag=2, max_age=5)
    harness.checker.poll()
    context_id = harness.log_in()

    def end_it_meanwhile() -> None:
        harness.log_out(context_id)
        harness.advance(0.1)
        harness.checker.poll()
        harness.advance(0.1)

    harness.source.meanwhile = end_it_meanwhile
    assert harness.is_live(context_id), "it was live when the source read it"
    harness.source.meanwhile = lambda: None

    assert not harness.is_live(context_id)


def test_a_change_that_is_forgotten_during_a_check_counts_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(followed_changes, "MAX_CHANGED", 10)
    harness = CacheHarness(followed=True, max_lag=2, max_age=1)
    follower = harness.cache.follower
    harness.checker.poll()
    context_id = harness.log_in("zoe")
    assert harness.is_live(context_id)
    harness.advance(SETTLED_AFTER + 0.5)
    covers, polls = follower.covers, []

    def covers_before_a_poll(began: float, now: float) -> bool:
        """What the follower answers before its thread notes more changes than it remembers."""
        covered: bool = covers(began, now)
        if not polls:
            polls.append("zoe changed, and then many others")
            harness.log_out(context_id)
            for number in range(15):
                harness.publish_change(f"customer{number}")
            harness.checker.poll()
        return covered

    monkeypatch.setattr(follower, "covers", covers_before_a_poll)

    assert not harness.is_live(context_id)
    assert polls
