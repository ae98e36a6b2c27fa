"""How long an answer is used."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import ForbiddenError, RefusalReason, SessionRefusedError

WAYS = ("threads", "asyncio")


def test_a_session_is_answered_from_the_cache_until_max_age() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    first = harness.checker.check_session(context_id)

    harness.advance(4.999)
    assert harness.count_source_calls(lambda: harness.checker.check_session(context_id)) == 0
    assert harness.checker.check_session(context_id) == first

    harness.advance(0.001)
    assert harness.count_source_calls(lambda: harness.checker.check_session(context_id)) == 1


def test_a_logout_is_known_within_max_age() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.log_out(context_id)

    harness.advance(4.999)
    assert harness.is_live(context_id)
    harness.advance(0.001)
    assert not harness.is_live(context_id)


def test_the_age_counts_from_the_beginning_of_the_check() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    harness.source.meanwhile = lambda: harness.advance(4)
    assert harness.is_live(context_id)
    harness.source.meanwhile = lambda: None
    harness.log_out(context_id)

    harness.advance(1)

    assert not harness.is_live(context_id)


def test_with_a_max_age_of_zero_every_check_asks_the_source() -> None:
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


def test_a_session_in_use_reaches_the_source_often_enough_to_be_extended() -> None:
    """Only checks that reach the service extend a session."""
    harness = CacheHarness(max_age=600)
    context_id = harness.log_in(life=100)
    assert harness.is_live(context_id)

    harness.advance(9.999)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0
    harness.advance(0.001)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1
    # The remaining life counts, which is now 90 seconds.
    harness.advance(9)
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1


def test_a_clock_that_is_far_ahead_costs_checks_and_refuses_no_session() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in(life=60)
    harness.source.clock = type(harness.clock)()
    harness.clock.advance(minutes=10)

    assert harness.count_source_calls(lambda: [harness.is_live(context_id) for _ in range(3)]) == 3
    assert harness.is_live(context_id)


def test_roles_are_checked_in_the_cache() -> None:
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


def test_the_pair_is_checked_in_the_cache() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in("ann")
    assert harness.checker.check_session(context_id, customer_id="ann").customer_id == "ann"

    def ask_for_another() -> None:
        with pytest.raises(SessionRefusedError) as refused:
            harness.checker.check_session(context_id, customer_id="bob")
        assert refused.value.reason is RefusalReason.UNKNOWN

    assert harness.count_source_calls(ask_for_another) == 0


def test_a_missing_or_malformed_context_id_does_not_reach_the_source() -> None:
    harness = CacheHarness()
    for text, reason in ((None, "missing"), ("", "missing"), ("x.ann", "malformed")):
        with pytest.raises(SessionRefusedError) as refused:
            harness.checker.check_session(text)
        assert refused.value.reason == reason
    assert harness.source.calls == []


def test_hits_misses_and_stale_answers_are_counted() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=60)
    one, other = harness.log_in("ann"), harness.log_in("bob")
    for context_id in (one, one, other):
        harness.is_live(context_id)
    harness.advance(10)
    harness.start_outage()
    harness.is_live(one)

    info = harness.checker.cache_info()

    assert (info.hits, info.misses, info.stale, info.entries) == (1, 3, 1, 2)


def test_a_clock_that_is_behind_makes_no_answer_live_longer() -> None:
    harness = CacheHarness(max_age=1800)
    context_id = harness.log_in(life=100)
    harness.source.meanwhile = lambda: harness.advance(-24 * 60 * 60)
    assert harness.is_live(context_id)
    harness.source.meanwhile = lambda: None
    harness.advance(24 * 60 * 60)

    harness.advance(10)

    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 1
