"""The answers while the source cannot be reached."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import CheckerUnavailableError, RefusalReason, SessionRefusedError


def test_by_default_nobody_is_let_in_on_old_knowledge() -> None:
    harness = CacheHarness(max_age=5)
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.start_outage(retry_after=3)

    harness.advance(4)
    assert harness.is_live(context_id)
    harness.advance(1)
    with pytest.raises(CheckerUnavailableError) as refused:
        harness.checker.check_session(context_id)
    assert refused.value.retry_after == 3


def test_by_choice_old_answers_are_given_for_a_stated_time() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=30)
    context_id = harness.log_in()
    first = harness.checker.check_session(context_id)
    harness.start_outage()

    harness.advance(29.999)
    assert harness.checker.check_session(context_id) == first
    harness.advance(0.001)
    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)


def test_old_refusals_too() -> None:
    harness = CacheHarness(refusal_max_age=5, stale_if_error=30)
    context_id = harness.log_in()
    harness.log_out(context_id)
    assert not harness.is_live(context_id)
    harness.start_outage()
    harness.advance(20)

    with pytest.raises(SessionRefusedError) as refused:
        harness.checker.check_session(context_id)
    assert refused.value.reason is RefusalReason.REVOKED


def test_who_was_not_seen_before_is_told_to_come_back() -> None:
    harness = CacheHarness(stale_if_error=30)
    context_id = harness.log_in()
    harness.start_outage()

    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)


def test_a_session_that_is_over_is_not_let_in() -> None:
    harness = CacheHarness(stale_if_error=300)
    context_id = harness.log_in(life=20)
    assert harness.is_live(context_id)
    harness.start_outage()

    harness.advance(19.999)
    assert harness.is_live(context_id)
    harness.advance(0.001)
    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)


def test_nor_one_of_a_customer_who_is_known_to_have_changed() -> None:
    harness = CacheHarness(followed=True, stale_if_error=300)
    harness.checker.poll()
    context_id, other = harness.log_in("ann"), harness.log_in("bob")
    assert harness.is_live(context_id)
    assert harness.is_live(other)
    harness.advance(1)
    harness.log_out(context_id)
    harness.checker.poll()
    harness.start_outage()
    harness.advance(100)

    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)
    assert harness.is_live(other)


def test_it_recovers_by_itself() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=300)
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.start_outage()
    harness.advance(10)
    assert harness.is_live(context_id)
    harness.source.error = None
    harness.log_out(context_id)

    assert not harness.is_live(context_id)
