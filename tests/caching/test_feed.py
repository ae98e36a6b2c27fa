"""The bound on a logout that is better than the age of what is remembered."""

from threading import Event

import pytest
from support.cached_shop import CachedShop, wait_for

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    SessionChange,
    SessionFeed,
    SessionFeedPage,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.caching.feed_follower import SETTLED_AFTER, FeedFollower
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.entrypoints.testkit.clock import ManualClock


def a_shop(**policy: float) -> CachedShop:
    """One that follows the feed, looks at it every half second, and remembers for a minute."""
    return CachedShop(followed=True, **{"max_lag": 2, "max_age": 5, **policy})


def look(shop: CachedShop, *, seconds: float) -> None:
    """Let time pass while the feed is looked at every half second."""
    for _ in range(round(2 * seconds)):
        shop.after(0.5)
        shop.checker.poll()


def test_while_the_feed_is_followed_answers_are_used_for_longer() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in()
    assert shop.is_live(context_id)

    def use_it_for_a_minute() -> None:
        for _ in range(59):
            look(shop, seconds=1)
            assert shop.is_live(context_id)

    assert shop.asks(use_it_for_a_minute) == 0
    look(shop, seconds=1)
    assert shop.asks(lambda: shop.is_live(context_id)) == 1


def test_a_logout_is_seen_at_the_next_look() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id, other = shop.log_in("ann"), shop.log_in("bob")
    assert shop.is_live(context_id)
    assert shop.is_live(other)
    look(shop, seconds=30)

    shop.log_out(context_id)
    look(shop, seconds=0.5)

    assert not shop.is_live(context_id)
    assert shop.asks(lambda: shop.is_live(other)) == 0


def test_a_role_that_was_taken_is_seen_at_the_next_look() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in(roles=frozenset({"admin"}))
    assert shop.checker.check_session(context_id, role="admin")

    shop.set_roles(context_id)
    look(shop, seconds=0.5)

    assert shop.checker.check_session(context_id).roles == frozenset()


def test_the_worst_case_is_max_lag_however_the_feed_fails() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in()
    shop.after(0.001)
    shop.checker.poll()
    assert shop.is_live(context_id)
    # Right after the last look that works.
    shop.log_out(context_id)
    shop.changes.error = StoreUnavailableError()

    shop.after(1.998)
    assert shop.is_live(context_id)
    shop.after(0.002)
    shop.after(3)
    assert not shop.is_live(context_id)


@pytest.mark.parametrize("max_age", [0, 1])
def test_without_looks_the_usual_age_holds_again(max_age: float) -> None:
    shop = a_shop(max_age=max_age)
    shop.checker.poll()
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.after(1.999)
    assert shop.asks(lambda: shop.is_live(context_id)) == 0

    shop.after(0.001)

    assert shop.asks(lambda: shop.is_live(context_id)) == 1


def test_when_looks_work_again_nothing_was_missed() -> None:
    shop = a_shop(followed_max_age=600)
    shop.checker.poll()
    kept, ended = shop.log_in("ann"), shop.log_in("bob")
    assert shop.is_live(kept)
    assert shop.is_live(ended)
    shop.changes.error = StoreUnavailableError()
    shop.after(30)
    shop.log_out(ended)
    shop.after(30)
    with pytest.raises(CheckerUnavailableError):
        shop.checker.poll()
    shop.changes.error = None

    shop.checker.poll()

    assert shop.asks(lambda: shop.is_live(kept)) == 0
    assert not shop.is_live(ended)


def test_before_the_first_look_the_usual_age_holds() -> None:
    shop = a_shop()
    context_id = shop.log_in()
    assert shop.is_live(context_id)

    shop.after(5)

    assert shop.asks(lambda: shop.is_live(context_id)) == 1


def test_an_answer_from_before_the_first_look_is_not_covered_by_it() -> None:
    """The feed begins a minute back; what ended before that is in no page."""
    shop = a_shop(followed_max_age=600)
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.log_out(context_id)
    shop.after(61)

    shop.checker.poll()

    assert not shop.is_live(context_id)


def test_a_change_that_is_stored_late_is_not_missed() -> None:
    """It stands at the time it began, which is before the looks that could not see it yet."""
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    look(shop, seconds=20)
    del shop.source.sessions[context_id]
    shop.tell("ann", seconds_ago=15)

    look(shop, seconds=0.5)

    assert not shop.is_live(context_id)


def test_a_change_is_heeded_once_though_it_is_told_for_a_minute() -> None:
    shop = a_shop()
    shop.checker.poll()
    gone, other = shop.log_in("ann"), shop.log_in("ann")
    assert shop.is_live(gone)
    shop.log_out(gone)
    look(shop, seconds=0.5)
    shop.after(SETTLED_AFTER + 0.001)
    assert shop.is_live(other)

    look(shop, seconds=40)

    assert shop.asks(lambda: shop.is_live(other)) == 0


def test_a_second_change_of_the_same_customer_is_heeded_too() -> None:
    shop = a_shop()
    shop.checker.poll()
    first, second = shop.log_in("ann"), shop.log_in("ann")
    for context_id in (first, second):
        assert shop.is_live(context_id)
        shop.log_out(context_id)
        look(shop, seconds=0.5)
        assert not shop.is_live(context_id)
        shop.after(0.001)


def test_an_answer_on_its_way_while_the_change_comes_in_is_not_kept() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in()

    def end_it_meanwhile() -> None:
        shop.log_out(context_id)
        shop.after(0.1)
        shop.checker.poll()
        shop.after(0.1)

    shop.source.meanwhile = end_it_meanwhile
    assert shop.is_live(context_id), "it was, when it was read"
    shop.source.meanwhile = lambda: None

    assert not shop.is_live(context_id)


def test_a_look_counts_from_when_it_began() -> None:
    shop = a_shop(max_age=0)
    shop.checker.poll()
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    read = shop.changes.read

    def read_slowly(**arguments: object) -> object:
        found = read(**arguments)  # type: ignore[arg-type]
        shop.log_out(context_id)
        shop.after(1.5)
        return found

    shop.changes.read = read_slowly  # type: ignore[assignment, method-assign]
    shop.after(0.1)
    shop.checker.poll()

    shop.after(0.499)
    assert shop.is_live(context_id)
    shop.after(0.001)
    assert not shop.is_live(context_id)


def test_an_answer_of_the_very_moment_of_a_look_is_not_kept() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    shop.log_out(context_id)

    shop.checker.poll()

    assert not shop.is_live(context_id)


def test_an_answer_of_the_moment_after_a_look_is_not_kept() -> None:
    """The feed may be a moment ahead of other reads."""
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in()
    shop.tell("ann")
    shop.checker.poll()

    shop.after(SETTLED_AFTER)
    assert shop.is_live(context_id)
    shop.log_out(context_id)
    shop.changes.stored.pop()

    assert not shop.is_live(context_id)


def test_a_round_that_broke_off_knows_what_was_stored_before_it_began() -> None:
    shop = a_shop(max_age=0)
    shop.checker.poll()
    context_id = shop.log_in("zoe")
    assert shop.is_live(context_id)
    for number in range(1500):
        shop.tell(f"customer{number}")
    reads = iter([None, StoreUnavailableError()])
    read = shop.changes.read

    def read_one_page(*, after: str, limit: int) -> tuple[SessionChange, ...]:
        shop.changes.error = next(reads, None)
        return read(after=after, limit=limit)

    shop.changes.read = read_one_page  # type: ignore[method-assign]
    with pytest.raises(CheckerUnavailableError):
        shop.checker.poll()
    # Stored now, behind what the first page told.
    shop.tell("zoe", seconds_ago=30)
    del shop.source.sessions[context_id]
    shop.after(20)

    shop.checker.poll()
    assert not shop.is_live(context_id), "the round began 20 seconds ago"
    shop.checker.poll()
    assert not shop.is_live(context_id)


def test_more_changes_than_a_page_holds_are_read_to_the_end() -> None:
    shop = a_shop()
    shop.checker.poll()
    context_id = shop.log_in("zoe")
    assert shop.is_live(context_id)
    for number in range(2500):
        shop.tell(f"customer{number}")
    shop.log_out(context_id)
    shop.changes.reads = 0

    look(shop, seconds=0.5)

    assert shop.changes.reads == 3
    assert not shop.is_live(context_id)


def test_after_an_hour_out_of_reach_it_begins_anew() -> None:
    shop = a_shop(followed_max_age=600)
    shop.checker.poll()
    shop.after(3601)
    with pytest.raises(InvalidInputError):
        shop.checker.poll()

    shop.checker.poll()
    context_id = shop.log_in()
    assert shop.is_live(context_id)
    look(shop, seconds=30)

    assert shop.asks(lambda: shop.is_live(context_id)) == 0


def test_changes_are_forgotten_when_no_answer_is_old_enough_to_miss_them() -> None:
    shop = a_shop(followed_max_age=60)
    for number in range(100):
        shop.tell(f"customer{number}")
    shop.checker.poll()
    follower = shop.checker._cache.get().follower
    assert follower is not None
    assert len(follower._changed_at) == 100

    look(shop, seconds=60 + SETTLED_AFTER)
    assert len(follower._changed_at) == 100
    look(shop, seconds=0.5)

    assert len(follower._changed_at) == 0
    assert len(follower._last_round) == 0


def test_who_changes_again_keeps_nobody_else_from_being_forgotten() -> None:
    shop = a_shop(followed_max_age=60)
    follower = shop.checker._cache.get().follower
    assert follower is not None
    for name, seconds in (("ann", 10), ("bob", 40), ("ann", 22), ("cid", 0)):
        shop.tell(name)
        shop.checker.poll()
        shop.after(seconds)
    shop.checker.poll()

    assert sorted(follower._changed_at) == ["ann", "cid"]


class Feed(SessionFeed):
    """Answers as ``plan`` says, then with nothing new; tells when it was looked at."""

    def __init__(self, *plan: Exception | None) -> None:
        self.plan = list(plan)
        self.looks: list[str | None] = []
        self.served = Event()

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        self.looks.append(cursor)
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
    def test_it_starts_at_the_first_use_and_stops(self) -> None:
        feed = Feed()
        follower = follower_of(feed)
        assert feed.looks == []

        for _ in range(3):
            follower.ensure_started()
        wait_for(feed.served)
        assert follower.covers(began=0, now=0)
        follower.stop()

    def test_it_goes_on_after_whatever_happens(self, caplog: pytest.LogCaptureFixture) -> None:
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
        shop, feed = CachedShop(), Feed()
        context_id = shop.log_in()

        closed = Event()

        with CachingSessionChecker(
            shop.source,
            clock=shop.clock,
            feed=feed,
            feed_interval=0.001,
            close_source=closed.set,
        ) as checker:
            assert feed.looks == []
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

        assert feed.looks == []

    def test_without_an_interval_there_is_none(self) -> None:
        feed = Feed()

        follower_of(feed, interval=None).ensure_started()

        assert feed.looks == []


def test_pauses_grow_while_the_feed_fails_and_are_usual_again_after() -> None:
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


def test_a_look_waits_for_another_one_for_a_bounded_time() -> None:
    follower = follower_of(Feed(), interval=None, longest_wait=0.01)
    follower._polling.acquire()

    with pytest.raises(CheckerUnavailableError):
        follower.poll()


def test_no_page_is_read_once_the_follower_is_stopped() -> None:
    """It would open a connection that nobody closes."""
    feed = Feed()
    follower = follower_of(feed, interval=None)
    follower.stop()

    follower.poll()

    assert feed.looks == []


def test_where_no_thread_can_start_the_check_goes_on(
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
