"""Many checks of the same session at the same time ask the source once."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from support.services.cache_harness import WAIT_SECONDS, CacheHarness, wait_for

from cybershop_customer import CheckerUnavailableError, Session, SessionRefusedError

CROWD = 8


class Crowd:
    """Threads that check a session while the check of the first thread is pending."""

    def __init__(self, harness: CacheHarness) -> None:
        self.shop = harness
        self.on_its_way, self.may_land = Event(), Event()
        harness.source.meanwhile = self._hold

    def _hold(self) -> None:
        self.pending.set()
        wait_for(self.may_finish)

    def ask(self, context_id: str, between: Callable[[], object]) -> "list[Future[Session]]":
        with ThreadPoolExecutor(CROWD) as pool:
            check = self.shop.checker.check_session
            first = pool.submit(check, context_id)
            wait_for(self.pending)
            between()
            others = [pool.submit(check, context_id) for _ in range(CROWD - 1)]
            self._wait_for_all()
            self.may_finish.set()
            return [first, *others]

    def _wait_for_all(self) -> None:
        """Wait until each thread has counted its check as a miss."""
        arrived = Event()
        while self.shop.checker.cache_info().misses < CROWD:
            arrived.wait(0.001)


def test_all_get_the_answer_of_one_check() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()

    answers = Crowd(harness).ask(context_id, between=lambda: None)

    assert {it.result(WAIT_SECONDS) for it in answers} == {harness.source.sessions[context_id]}
    assert len(harness.source.calls) == 1


def test_all_get_the_refusal_of_one_check() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    harness.log_out(context_id)

    answers = Crowd(harness).ask(context_id, between=lambda: None)

    errors = [answer.exception(WAIT_SECONDS) for answer in answers]
    assert {type(error) for error in errors} == {SessionRefusedError}
    assert len(set(map(id, errors))) == CROWD
    assert len(harness.source.calls) == 1


def test_different_sessions_do_not_wait_for_each_other() -> None:
    harness = CacheHarness()
    slow, quick = harness.log_in("ann"), harness.log_in("bob")
    crowd = Crowd(harness)

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(harness.checker.check_session, slow)
        wait_for(crowd.on_its_way)
        harness.source.meanwhile = lambda: None
        assert harness.is_live(quick)
        crowd.may_land.set()
        assert waiting.result(WAIT_SECONDS).customer_id == "ann"


def test_nobody_joins_a_check_that_began_too_long_ago() -> None:
    """It may have read before the logout that came before this question."""
    harness = CacheHarness(max_age=1)
    context_id = harness.log_in()
    crowd = Crowd(harness)

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(harness.checker.check_session, context_id)
        wait_for(crowd.on_its_way)
        harness.source.meanwhile = lambda: None
        harness.log_out(context_id)
        harness.advance(1)
        assert not harness.is_live(context_id)
        crowd.may_land.set()
        assert early.result(WAIT_SECONDS).customer_id == "ann"

    # What the early one brought late has not taken the place of the refusal.
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0
    assert not harness.is_live(context_id)


def test_with_an_age_of_zero_nobody_joins_an_earlier_check() -> None:
    harness = CacheHarness(max_age=0)
    context_id = harness.log_in()

    answers = Crowd(harness).ask(context_id, between=lambda: harness.advance(0.001))

    assert all(it.result(WAIT_SECONDS) for it in answers)
    # Those who came at the same moment may share.
    assert len(harness.source.calls) >= 2


def test_all_are_told_when_the_source_is_out_of_reach_and_it_is_asked_once() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    crowd = Crowd(harness)

    def fail() -> None:
        crowd._hold()
        raise CheckerUnavailableError(7)

    harness.source.meanwhile = fail
    answers = crowd.ask(context_id, between=lambda: None)

    errors = [answer.exception(WAIT_SECONDS) for answer in answers]
    assert {(type(error), getattr(error, "retry_after", None)) for error in errors} == {
        (CheckerUnavailableError, 7)
    }
    assert len(set(map(id, errors))) == CROWD
    assert len(harness.source.calls) == 1


def test_a_fault_of_the_source_is_told_to_who_asked_it_and_strands_nobody() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    crowd = Crowd(harness)

    def fail() -> None:
        crowd._hold()
        raise ZeroDivisionError

    harness.source.meanwhile = fail
    first, *others = crowd.ask(context_id, between=lambda: None)

    assert isinstance(first.exception(WAIT_SECONDS), ZeroDivisionError)
    assert {type(it.exception(WAIT_SECONDS)) for it in others} == {CheckerUnavailableError}
    harness.source.meanwhile = lambda: None
    assert harness.is_live(context_id)


@pytest.mark.parametrize("followed", [False, True])
def test_a_change_that_is_known_keeps_others_from_joining_an_earlier_check(
    *, followed: bool
) -> None:
    harness = CacheHarness(max_age=600, followed=followed)
    context_id = harness.log_in()
    crowd = Crowd(harness)

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(harness.checker.check_session, context_id)
        wait_for(crowd.on_its_way)
        harness.advance(0.1)
        harness.log_out(context_id)
        harness.checker.poll()
        harness.source.meanwhile = lambda: None
        if followed:
            assert not harness.is_live(context_id)
        crowd.may_land.set()
        early.result(WAIT_SECONDS)

    harness.advance(0.1)
    # The answer that was on its way while the change came in counts no more afterwards.
    assert harness.is_live(context_id) is not followed
