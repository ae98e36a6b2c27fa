"""With a feed, the cache knows of a logout within max_lag, although it uses answers for longer."""

from threading import Event

import pytest
from support.services.cache_harness import CacheHarness, wait_for

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    SessionChange,
    SessionFeed,
    SessionFeedPage,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.caching.feed_follower import FeedFollower
from cybershop_customer.adapters.caching.followed_changes import SETTLED_AFTER
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.entrypoints.testkit.clock import ManualClock


def following_shop(**policy: float) -> CacheHarness:
    """A harness whose cache follows the feed and uses answers for a minute."""
    return CacheHarness(followed=True, **{"max_lag": 2, "max_age": 5, **policy})


def poll(harness: CacheHarness, *, seconds: float) -> None:
    """Let time pass, and poll the feed every half second."""
    for _ in range(round(2 * seconds)):
        harness.advance(0.5)
        harness.checker.poll()


def test_while_the_feed_is_followed_answers_are_used_for_longer() -> None:
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)

    def use_it_for_a_minute() -> None:
        for _ in range(59):
            poll(harness, seconds=1)
            assert harness.is_live(context_id)

    assert harness.count_source_calls(use_it_for_a_minute) == 0
    poll(harness, seconds=1)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1


def test_a_logout_is_known_after_the_next_poll() -> None:
    harness = following_shop()
    harness.checker.poll()
    context_id, other = harness.log_in("ann"), harness.log_in("bob")
    assert harness.is_live(context_id)
    assert harness.is_live(other)
    poll(harness, seconds=30)

    harness.log_out(context_id)
    poll(harness, seconds=0.5)

    assert not harness.is_live(context_id)
    assert harness.count_source_calls(lambda: harness.is_live(other)) == 0


def test_a_revoked_role_is_known_after_the_next_poll() -> None:
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in(roles=frozenset({"admin"}))
    assert harness.checker.check_session(context_id, role="admin")

    harness.set_roles(context_id)
    poll(harness, seconds=0.5)

    assert harness.checker.check_session(context_id).roles == frozenset()


def test_a_logout_is_missed_for_max_lag_at_most_if_the_feed_fails() -> None:
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in()
    harness.advance(0.001)
    harness.checker.poll()
    assert harness.is_live(context_id)
    # Right after the last successful poll.
    harness.log_out(context_id)
    harness.changes.error = StoreUnavailableError()

    harness.advance(1.998)
    assert harness.is_live(context_id)
    harness.advance(0.002)
    harness.advance(3)
    assert not harness.is_live(context_id)


@pytest.mark.parametrize("max_age", [0, 1])
def test_max_age_holds_again_when_polls_stop(max_age: float) -> None:
    harness = following_shop(max_age=max_age)
    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.advance(1.999)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0

    harness.advance(0.001)

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1


def test_no_change_is_missed_when_polls_work_again() -> None:
    harness = following_shop(followed_max_age=600)
    harness.checker.poll()
    kept, ended = harness.log_in("ann"), harness.log_in("bob")
    assert harness.is_live(kept)
    assert harness.is_live(ended)
    harness.changes.error = StoreUnavailableError()
    harness.advance(30)
    harness.log_out(ended)
    harness.advance(30)
    with pytest.raises(CheckerUnavailableError):
        harness.checker.poll()
    harness.changes.error = None

    harness.checker.poll()

    assert harness.count_source_calls(lambda: harness.is_live(kept)) == 0
    assert not harness.is_live(ended)


def test_max_age_holds_before_the_first_poll() -> None:
    harness = following_shop()
    context_id = harness.log_in()
    assert harness.is_live(context_id)

    harness.advance(5)

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1


def test_the_first_poll_does_not_cover_an_earlier_answer() -> None:
    """The first page begins one minute ago. No page has earlier changes."""
    harness = following_shop(followed_max_age=600)
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.log_out(context_id)
    harness.advance(61)

    harness.checker.poll()

    assert not harness.is_live(context_id)


def test_a_change_that_is_stored_late_is_not_missed() -> None:
    """Its position is the time when it began. Polls after that time could not see it yet."""
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    poll(harness, seconds=20)
    del harness.source.sessions[context_id]
    harness.publish_change("ann", seconds_ago=15)

    poll(harness, seconds=0.5)

    assert not harness.is_live(context_id)


def test_a_change_counts_once_although_the_feed_repeats_it_for_a_minute() -> None:
    harness = following_shop()
    harness.checker.poll()
    gone, other = harness.log_in("ann"), harness.log_in("ann")
    assert harness.is_live(gone)
    harness.log_out(gone)
    poll(harness, seconds=0.5)
    harness.advance(SETTLED_AFTER + 0.001)
    assert harness.is_live(other)

    poll(harness, seconds=40)

    assert harness.count_source_calls(lambda: harness.is_live(other)) == 0


def test_a_second_change_of_the_same_customer_counts_too() -> None:
    harness = following_shop()
    harness.checker.poll()
    first, second = harness.log_in("ann"), harness.log_in("ann")
    for context_id in (first, second):
        assert harness.is_live(context_id)
        harness.log_out(context_id)
        poll(harness, seconds=0.5)
        assert not harness.is_live(context_id)
        harness.advance(0.001)


def test_the_answer_of_a_check_during_a_change_is_not_cached() -> None:
    harness = following_shop()
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


def test_a_poll_counts_from_its_beginning() -> None:
    harness = following_shop(max_age=0)
    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    read = harness.changes.read

    def read_slowly(**arguments: object) -> object:
        changes = read(**arguments)  # type: ignore[arg-type]
        harness.log_out(context_id)
        harness.advance(1.5)
        return changes

    harness.changes.read = read_slowly  # type: ignore[assignment, method-assign]
    harness.advance(0.1)
    harness.checker.poll()

    harness.advance(0.499)
    assert harness.is_live(context_id)
    harness.advance(0.001)
    assert not harness.is_live(context_id)


def test_an_answer_of_the_moment_of_a_poll_is_dropped() -> None:
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.log_out(context_id)

    harness.checker.poll()

    assert not harness.is_live(context_id)


def test_an_answer_shortly_after_a_poll_is_dropped() -> None:
    """The feed may be a moment ahead of other reads."""
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in()
    harness.publish_change("ann")
    harness.checker.poll()

    harness.advance(SETTLED_AFTER)
    assert harness.is_live(context_id)
    harness.log_out(context_id)
    harness.changes.stored.pop()

    assert not harness.is_live(context_id)


def test_an_interrupted_round_counts_from_its_own_beginning() -> None:
    harness = following_shop(max_age=0)
    harness.checker.poll()
    context_id = harness.log_in("zoe")
    assert harness.is_live(context_id)
    for number in range(1500):
        harness.publish_change(f"customer{number}")
    reads = iter([None, StoreUnavailableError()])
    read = harness.changes.read

    def read_one_page(*, after: str, limit: int) -> tuple[SessionChange, ...]:
        harness.changes.error = next(reads, None)
        return read(after=after, limit=limit)

    harness.changes.read = read_one_page  # type: ignore[method-assign]
    with pytest.raises(CheckerUnavailableError):
        harness.checker.poll()
    # Stored now, at a position before the end of the first page.
    harness.publish_change("zoe", seconds_ago=30)
    del harness.source.sessions[context_id]
    harness.advance(20)

    harness.checker.poll()
    assert not harness.is_live(context_id), "the round began 20 seconds ago"
    harness.checker.poll()
    assert not harness.is_live(context_id)


def test_a_poll_reads_all_pages() -> None:
    harness = following_shop()
    harness.checker.poll()
    context_id = harness.log_in("zoe")
    assert harness.is_live(context_id)
    for number in range(2500):
        harness.publish_change(f"customer{number}")
    harness.log_out(context_id)
    harness.changes.reads = 0

    poll(harness, seconds=0.5)

    assert harness.changes.reads == 3
    assert not harness.is_live(context_id)


def test_a_follower_starts_again_after_an_hour_without_the_feed() -> None:
    harness = following_shop(followed_max_age=600)
    harness.checker.poll()
    harness.advance(3601)
    with pytest.raises(InvalidInputError):
        harness.checker.poll()

    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    poll(harness, seconds=30)

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0


def test_a_change_is_dropped_when_no_usable_answer_is_older() -> None:
    harness = following_shop(followed_max_age=60)
    for number in range(100):
        harness.publish_change(f"customer{number}")
    harness.checker.poll()
    follower = harness.checker._cache.get().follower
    assert follower is not None
    assert len(follower._changed_at) == 100

    poll(harness, seconds=60 + SETTLED_AFTER)
    assert len(follower._changed_at) == 100
    poll(harness, seconds=0.5)

    assert len(follower._changed_at) == 0
    assert len(follower._last_round) == 0


def test_a_second_change_does_not_keep_other_changes() -> None:
    harness = following_shop(followed_max_age=60)
    follower = harness.checker._cache.get().follower
    assert follower is not None
    for name, seconds in (("ann", 10), ("bob", 40), ("ann", 22), ("cid", 0)):
        harness.publish_change(name)
        harness.checker.poll()
        harness.advance(seconds)
    harness.checker.poll()

    assert sorted(follower._changed_at) == ["ann", "cid"]


class Feed(SessionFeed):
    """Raises the errors of ``plan`` in order. After that, it has no changes. Records each read."""

    def __init__(self, *plan: Exception | None) -> None:
        self.plan = list(plan)
        self.reads: list[str | None] = []
        self.served = Event()

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
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
        def read_changes(self, cursor: str | None) -> SessionFeedPage:
            return SessionFeedPage((), "cursor", complete=False)

    follower = follower_of(Endless(), interval=None)

    follower.poll()

    assert not follower.covers(began=0, now=0)
