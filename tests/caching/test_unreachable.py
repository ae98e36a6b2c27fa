"""The answers while the source cannot be reached."""

import pytest
from support.services.cache_harness import CacheHarness

from cybershop_customer import CheckerUnavailableError, RefusalReason, SessionRefusedError

WAYS = ("threads", "asyncio")


def test_by_default_no_old_answer_is_used() -> None:
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


def test_an_old_answer_is_used_up_to_stale_if_error() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=30)
    context_id = harness.log_in()
    first = harness.checker.check_session(context_id)
    harness.start_outage()

    harness.advance(29.999)
    assert harness.checker.check_session(context_id) == first
    harness.advance(0.001)
    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)


def test_an_old_refusal_is_used_too() -> None:
    harness = CacheHarness(refusal_max_age=5, stale_if_error=30)
    context_id = harness.log_in()
    harness.log_out(context_id)
    assert not harness.is_live(context_id)
    harness.start_outage()
    harness.advance(20)

    with pytest.raises(SessionRefusedError) as refused:
        harness.checker.check_session(context_id)
    assert refused.value.reason is RefusalReason.REVOKED


def test_a_session_without_an_old_answer_makes_the_checker_unavailable() -> None:
    harness = CacheHarness(stale_if_error=30)
    context_id = harness.log_in()
    harness.start_outage()

    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)


def test_an_expired_session_is_not_accepted() -> None:
    harness = CacheHarness(stale_if_error=300)
    context_id = harness.log_in(life=20)
    assert harness.is_live(context_id)
    harness.start_outage()

    harness.advance(19.999)
    assert harness.is_live(context_id)
    harness.advance(0.001)
    with pytest.raises(CheckerUnavailableError):
        harness.checker.check_session(context_id)


def test_an_old_answer_about_a_changed_customer_is_not_used() -> None:
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
