"""How long an answer is used."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import ForbiddenError, RefusalReason, SessionRefusedError


def test_a_session_is_answered_from_memory_until_it_is_too_old() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    first = harness.checker.check_session(context_id)

    harness.advance(4.999)
    assert harness.count_source_calls(lambda: harness.checker.check_session(context_id)) == 0
    assert harness.checker.check_session(context_id) == first

    harness.advance(0.001)
    assert harness.count_source_calls(lambda: harness.checker.check_session(context_id)) == 1


def test_a_logout_is_seen_within_that_age() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.log_out(context_id)

    harness.advance(4.999)
    assert harness.is_live(context_id)
    harness.advance(0.001)
    assert not harness.is_live(context_id)


def test_the_age_counts_from_when_the_check_began_not_from_when_it_was_answered() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    harness.source.meanwhile = lambda: harness.advance(4)
    assert harness.is_live(context_id)
    harness.source.meanwhile = lambda: None
    harness.log_out(context_id)

    harness.advance(1)

    assert not harness.is_live(context_id)


def test_with_an_age_of_zero_every_check_asks() -> None:
    harness = CacheHarness(max_age=0, refusal_max_age=0)
    context_id = harness.log_in()

    assert harness.count_source_calls(lambda: [harness.is_live(context_id) for _ in range(3)]) == 3
    harness.log_out(context_id)
    assert not harness.is_live(context_id)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1


def test_no_answer_outlives_its_session() -> None:
    harness = CacheHarness(max_age=600)
    context_id = harness.log_in(life=100)
    assert harness.is_live(context_id)

    harness.advance(100)

    with pytest.raises(SessionRefusedError) as refused:
        harness.checker.check_session(context_id)
    assert refused.value.reason is RefusalReason.EXPIRED


def test_a_session_in_use_is_asked_for_often_enough_to_be_extended() -> None:
    """Only checks that reach the service move a session's end."""
    harness = CacheHarness(max_age=600)
    context_id = harness.log_in(life=100)
    assert harness.is_live(context_id)

    harness.advance(9.999)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0
    harness.advance(0.001)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1
    # What is left counts: 90 seconds now.
    harness.advance(9)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1


def test_a_clock_that_is_far_ahead_costs_checks_and_refuses_nobody() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in(life=60)
    harness.source.clock = type(harness.clock)()
    harness.clock.advance(minutes=10)

    assert harness.count_source_calls(lambda: [harness.is_live(context_id) for _ in range(3)]) == 3
    assert harness.is_live(context_id)


def test_roles_are_looked_at_in_memory() -> None:
    harness = CacheHarness(max_age=5)
    admin = harness.log_in("boss", roles=frozenset({"admin"}))
    other = harness.log_in("ann")
    assert harness.is_live(admin)
    assert harness.is_live(other)

    assert (
        harness.count_source_calls(lambda: harness.checker.check_session(admin, role="admin")) == 0
    )
    with pytest.raises(ForbiddenError) as refused:
        harness.checker.check_session(other, role="admin")
    assert refused.value.role == "admin"


def test_the_pair_is_looked_at_in_memory() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in("ann")
    assert harness.checker.check_session(context_id, customer_id="ann").customer_id == "ann"

    def ask_for_another() -> None:
        with pytest.raises(SessionRefusedError) as refused:
            harness.checker.check_session(context_id, customer_id="bob")
        assert refused.value.reason is RefusalReason.UNKNOWN

    assert harness.count_source_calls(ask_for_another) == 0


def test_nothing_is_asked_about_what_can_be_nobodys() -> None:
    harness = CacheHarness()
    for text, reason in ((None, "missing"), ("", "missing"), ("x.ann", "malformed")):
        with pytest.raises(SessionRefusedError) as refused:
            harness.checker.check_session(text)
        assert refused.value.reason == reason
    assert harness.source.calls == []


class TestCached:
    """The method ``cached``, for event loops."""

    def test_it_knows_nothing_at_first_and_asks_nobody(self) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()

        assert harness.checker.cached(context_id) is None
        assert harness.source.calls == []

    def test_then_it_answers_like_a_check(self) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()
        session = harness.checker.check_session(context_id)

        assert harness.checker.cached(context_id, customer_id="ann") == session
        with pytest.raises(ForbiddenError):
            harness.checker.cached(context_id, role="admin")
        with pytest.raises(SessionRefusedError):
            harness.checker.cached(context_id, customer_id="bob")
        with pytest.raises(SessionRefusedError):
            harness.checker.cached(None)
        harness.advance(5)
        assert harness.checker.cached(context_id) is None


def test_it_counts_what_it_does() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=60)
    one, other = harness.log_in("ann"), harness.log_in("bob")
    for context_id in (one, one, other):
        harness.is_live(context_id)
    harness.advance(10)
    harness.start_outage()
    harness.is_live(one)

    info = harness.checker.cache_info()

    assert (info.hits, info.misses, info.stale, info.entries) == (1, 3, 1, 2)


def test_a_clock_that_is_behind_makes_no_answer_last_longer() -> None:
    harness = CacheHarness(max_age=1800)
    context_id = harness.log_in(life=100)
    harness.source.meanwhile = lambda: harness.advance(-24 * 60 * 60)
    assert harness.is_live(context_id)
    harness.source.meanwhile = lambda: None
    harness.advance(24 * 60 * 60)

    harness.advance(10)

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1
