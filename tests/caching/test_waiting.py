"""No thread waits for ever for a check that another thread began."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
from support.services.cache_harness import WAIT_SECONDS, CacheHarness, wait_for

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker


def a_checker(harness: CacheHarness, longest_wait: float) -> CachingSessionChecker:
    return CachingSessionChecker(
        harness.source,
        clock=harness.clock,
        policy=harness.policy,
        monotonic=harness.clock.monotonic,
        longest_wait=longest_wait,
    )


class Stuck:
    """A check that stays pending until ``end`` is called."""

    def __init__(
        self, harness: CacheHarness, checker: CachingSessionChecker, context_id: str
    ) -> None:
        self.begun, self._may_end = Event(), Event()
        harness.source.meanwhile = self._hold
        self._pool = ThreadPoolExecutor(1)
        self.result = self._pool.submit(checker.check_session, context_id)
        wait_for(self.begun)

    def _hold(self) -> None:
        self.begun.set()
        wait_for(self._may_end)

    def end(self) -> None:
        self._may_end.set()
        self.result.result(WAIT_SECONDS)
        self._pool.shutdown()


def test_a_thread_that_joins_an_endless_check_gets_an_error() -> None:
    harness = CacheHarness()
    context_id = harness.log_in()
    checker = a_checker(harness, longest_wait=0.02)
    stuck = Stuck(harness, checker, context_id)

    with pytest.raises(CheckerUnavailableError):
        checker.check_session(context_id)

    assert len(harness.source.calls) == 1
    stuck.end()


def test_it_gets_the_old_answer_if_the_policy_allows_that() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=60)
    context_id = harness.log_in()
    checker = a_checker(harness, longest_wait=0.02)
    first = checker.check_session(context_id)
    harness.advance(10)
    stuck = Stuck(harness, checker, context_id)

    assert checker.check_session(context_id) == first

    assert checker.cache_info().stale == 1
    stuck.end()


def test_a_check_that_exceeds_longest_wait_is_not_joined() -> None:
    harness = CacheHarness(max_age=60)
    context_id = harness.log_in()
    checker = a_checker(harness, longest_wait=10)
    stuck = Stuck(harness, checker, context_id)
    harness.source.meanwhile = lambda: None
    harness.advance(10)

    assert checker.check_session(context_id).customer_id == "ann"

    assert len(harness.source.calls) == 2
    stuck.end()


class TestAnAnswerAboutAnotherSession:
    """Such an answer lets no caller in, and is not cached."""

    @pytest.mark.parametrize("field", ["session_id", "customer_id"])
    def test_it_makes_the_checker_unavailable(
        self, field: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()
        own = harness.source.sessions[context_id]
        harness.source.sessions[context_id] = replace(own, **{field: "another"})

        with pytest.raises(CheckerUnavailableError):
            harness.checker.check_session(context_id)
        harness.source.sessions[context_id] = own

        assert harness.checker.check_session(context_id) == own
        assert "answered about another session" in caplog.text
