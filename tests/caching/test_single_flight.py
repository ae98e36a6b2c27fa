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
        self.harness = harness
        self.pending, self.may_finish = Event(), Event()
        harness.source.meanwhile = self._hold

    def _hold(self) -> None:
        self.pending.set()
        wait_for(self.may_finish)

    def ask(self, context_id: str, between: Callable[[], object]) -> "list[Future[Session]]":
        with ThreadPoolExecutor(CROWD) as pool:
            check = self.harness.checker.check_session
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
        while self.harness.checker.cache_info().misses < CROWD:
            arrived.wait(0.001)


def test_all_get_the_answer_of_one_check() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()

    answers = Crowd(harness).ask(context_id, between=lambda: None)

    assert {answer.result(WAIT_SECONDS) for answer in answers} == {
        harness.source.sessions[context_id]
    }
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
        wait_for(crowd.pending)
        harness.source.meanwhile = lambda: None
        assert harness.is_live(quick)
        crowd.may_finish.set()
        assert waiting.result(WAIT_SECONDS).customer_id == "ann"


def test_a_check_that_began_too_long_ago_is_not_joined() -> None:
    """It may have read the session before a logout that preceded the later check."""
    harness = CacheHarness(max_age=1)
    context_id = harness.log_in()
    crowd = Crowd(harness)

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(harness.checker.check_session, context_id)
        wait_for(crowd.pending)
        harness.source.meanwhile = lambda: None
        harness.log_out(context_id)
        harness.advance(1)
        assert not harness.is_live(context_id)
        crowd.may_finish.set()
        assert early.result(WAIT_SECONDS).customer_id == "ann"

    # The late answer of the early check did not replace the refusal.
    assert harness.count_source_calls(lambda: harness.is_live(context_id)) == 0
    assert not harness.is_live(context_id)


def test_with_a_max_age_of_zero_no_earlier_check_is_joined() -> None:
    harness = CacheHarness(max_age=0)
    context_id = harness.log_in()

    answers = Crowd(harness).ask(context_id, between=lambda: harness.advance(0.001))

    assert all(answer.result(WAIT_SECONDS) for answer in answers)
    # Checks that began at the same moment may share an answer.
    assert len(harness.source.calls) >= 2


def test_an_unavailable_source_is_asked_once_and_all_get_the_error() -> None:
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


def test_a_bug_in_the_source_is_raised_in_one_thread_and_leaves_no_thread_waiting() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    crowd = Crowd(harness)

    def fail() -> None:
        crowd._hold()
        raise ZeroDivisionError

    harness.source.meanwhile = fail
    first, *others = crowd.ask(context_id, between=lambda: None)

    assert isinstance(first.exception(WAIT_SECONDS), ZeroDivisionError)
    assert {type(other.exception(WAIT_SECONDS)) for other in others} == {CheckerUnavailableError}
    harness.source.meanwhile = lambda: None
    assert harness.is_live(context_id)


@pytest.mark.parametrize("followed", [False, True])
def test_a_check_from_before_a_known_change_is_not_joined(*, followed: bool) -> None:
    harness = CacheHarness(max_age=600, followed=followed)
    context_id = harness.log_in()
    crowd = Crowd(harness)

    with ThreadPoolExecutor(1) as pool:
        early = pool.submit(harness.checker.check_session, context_id)
        wait_for(crowd.pending)
        harness.advance(0.1)
        harness.log_out(context_id)
        harness.checker.poll()
        harness.source.meanwhile = lambda: None
        if followed:
            assert not harness.is_live(context_id)
        crowd.may_finish.set()
        early.result(WAIT_SECONDS)

    harness.advance(0.1)
    # A follower drops the answer of a check that was pending during the change.
    assert harness.is_live(context_id) is not followed
