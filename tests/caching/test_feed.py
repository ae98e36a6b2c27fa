"""With a feed, the cache knows of a logout within max_lag, although it uses answers for longer."""

from dataclasses import replace
from typing import Any

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    SessionChange,
    SessionFeedPage,
    StoreUnavailableError,
)
from cybershop_customer.adapters.caching import followed_changes
from cybershop_customer.adapters.caching.followed_changes import SETTLED_AFTER

WAYS = ("threads", "asyncio")


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

    def read_one_page(*, after: str, limit: int, **_: object) -> tuple[SessionChange, ...]:
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
    follower = harness.cache.follower
    assert follower is not None
    assert len(follower._changed_at) == 100

    poll(harness, seconds=60 + SETTLED_AFTER)
    assert len(follower._changed_at) == 100
    poll(harness, seconds=0.5)

    assert len(follower._changed_at) == 0


def test_a_read_of_another_follower_counts_from_its_beginning() -> None:
    harness = following_shop(max_age=0)
    harness.checker.poll()
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    read_changes = harness.feed.read_changes

    def read_earlier(*arguments: Any, **named: Any) -> SessionFeedPage:
        return replace(read_changes(*arguments, **named), read_age=1.5)

    harness.feed.read_changes = read_earlier  # type: ignore[method-assign]
    harness.advance(1)
    harness.checker.poll()
    harness.log_out(context_id)

    harness.advance(0.499)
    assert harness.is_live(context_id)
    harness.advance(0.001)
    assert not harness.is_live(context_id)


def test_with_more_changes_than_are_remembered_older_answers_have_their_max_age(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(followed_changes, "MAX_CHANGED", 10)
    monkeypatch.setattr(followed_changes, "_MAX_POSITIONS", 10)
    harness = following_shop(max_age=5)
    harness.checker.poll()
    context_id = harness.log_in("zoe")
    assert harness.is_live(context_id)
    for number in range(15):
        harness.advance(0.5)
        harness.publish_change(f"customer{number}")
        harness.checker.poll()
    follower = harness.cache.follower
    assert len(follower._changed_at) == len(follower._positions) == 10

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1
    poll(harness, seconds=30)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0


def test_a_second_change_does_not_keep_other_changes() -> None:
    harness = following_shop(followed_max_age=60)
    follower = harness.cache.follower
    assert follower is not None
    for name, seconds in (("ann", 10), ("bob", 40), ("ann", 22), ("cid", 0)):
        harness.publish_change(name)
        harness.checker.poll()
        harness.advance(seconds)
    harness.checker.poll()

    assert sorted(follower._changed_at) == ["ann", "cid"]
