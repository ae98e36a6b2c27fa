"""When a check asks again, when it does not, and when nothing is asked at all."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from support.http_client import CONTEXT_ID, SESSION, refusal
from support.manual_time import ManualTime
from support.raw_server import (
    Act,
    Conversation,
    RawServer,
    answer,
    problem,
    reset,
    say,
    say_and_hang_up,
)
from support.threads import race

from cybershop_customer import CheckerUnavailableError, RefusalReason, SessionRefusedError
from cybershop_customer.adapters.http_client.call_failure import CallFailure as Failure
from cybershop_customer.adapters.http_client.call_failure import Retry
from cybershop_customer.adapters.http_client.circuit_breaker import CircuitBreaker
from cybershop_customer.adapters.http_client.outage_log import OutageLog
from cybershop_customer.adapters.http_client.retry_budget import RetryBudget
from cybershop_customer.adapters.http_client.retrying_client import RetryingClient as Caller
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker

At = Callable[..., tuple[HttpSessionChecker, RawServer]]

GOOD = say(answer(200, SESSION))
BAD = Failure("it is bad")


def fails(checker: HttpSessionChecker) -> CheckerUnavailableError:
    with pytest.raises(CheckerUnavailableError) as caught:
        checker.check_session(CONTEXT_ID)
    return caught.value


class TestOverTheWire:
    @pytest.mark.parametrize(
        "act",
        [
            say(answer(500)),
            say(answer(502)),
            say(answer(503)),
            say(answer(429)),
            say(answer(200, "rubbish")),
            say_and_hang_up(b"rubbish\r\n"),
            say_and_hang_up(),
            reset,
        ],
        ids=["500", "502", "503", "429", "rubbish", "not HTTP", "closed", "reset"],
    )
    def test_what_may_pass_is_asked_again_after_a_pause(
        self, checker_at: At, time: ManualTime, act: Act
    ) -> None:
        checker, server = checker_at(act, GOOD)

        assert checker.check_session(CONTEXT_ID).customer_id == "zoe"
        assert len(server.requests) == 2
        assert time.pauses == [0.1]

    @pytest.mark.parametrize(
        "data",
        [
            answer(302),
            answer(401),
            answer(403),
            answer(404),
            problem(400, "invalid-input"),
            answer(503, b"", Retry_After="1"),
            answer(429, b"", Retry_After="1"),
        ],
        ids=["302", "401", "403", "404", "400", "503 with a time", "429 with a time"],
    )
    def test_what_does_not_pass_by_itself_is_not(self, checker_at: At, data: bytes) -> None:
        checker, server = checker_at(say(data), GOOD)

        fails(checker)

        assert len(server.requests) == 1

    def test_a_refusal_is_an_answer(self, checker_at: At) -> None:
        checker, server = checker_at(say(refusal("expired")))

        for _ in range(20):
            with pytest.raises(SessionRefusedError):
                checker.check_session(CONTEXT_ID)

        assert len(server.requests) == 20
        assert server.connections == 1

    @pytest.mark.parametrize("lost", [say_and_hang_up(), reset], ids=["closed", "reset"])
    def test_a_lost_connection_that_was_kept_is_replaced_at_once(
        self, checker_at: At, time: ManualTime, lost: Act
    ) -> None:
        """It is closed after the request was sent: before, urllib3 finds out by itself."""
        checker, server = checker_at(GOOD, lost, GOOD)
        checker.check_session(CONTEXT_ID)

        checker.check_session(CONTEXT_ID)

        assert (len(server.requests), server.connections) == (3, 2)
        assert time.pauses == [0]

    def test_lost_connections_cost_no_tokens(self, checker_at: At) -> None:
        """They say nothing about the service, however many end together."""
        checker, server = checker_at(GOOD, *[reset, GOOD] * 20)
        checker.check_session(CONTEXT_ID)

        for _ in range(20):
            checker.check_session(CONTEXT_ID)

        assert server.connections == 21

    def test_a_lost_connection_is_not_replaced_by_another_that_was_kept(
        self, server_of: Callable[..., RawServer], checker_of: Callable[..., HttpSessionChecker]
    ) -> None:
        """What ended one of them has ended all; and the new one may be taken by another thread."""
        both, asked, done = Barrier(2), Event(), Event()

        def together(conversation: Conversation) -> None:
            both.wait(30)
            GOOD(conversation)

        def slowly(conversation: Conversation) -> None:
            asked.set()
            done.wait(30)
            GOOD(conversation)

        server = server_of(together, together, reset, slowly, GOOD)

        with ThreadPoolExecutor(2) as pool:

            def meanwhile(_: float) -> None:
                pool.submit(checker.check_session, CONTEXT_ID)
                assert asked.wait(30)

            checker = checker_of(server.url, sleep=meanwhile)
            list(pool.map(checker.check_session, [CONTEXT_ID] * 2))
            try:
                assert checker.check_session(CONTEXT_ID).customer_id == "zoe"
            finally:
                done.set()
        assert server.connections == 4

    def test_a_kept_connection_that_was_closed_meanwhile_costs_no_retry(
        self, checker_at: At, time: ManualTime
    ) -> None:
        checker, server = checker_at(say_and_hang_up(answer(200, SESSION)), GOOD)
        checker.check_session(CONTEXT_ID)
        assert server.hung_up.wait(30)

        checker.check_session(CONTEXT_ID)

        assert (len(server.requests), server.connections) == (2, 2)
        assert time.pauses == []

    def test_there_is_one_retry(self, checker_at: At) -> None:
        checker, server = checker_at(say(answer(500)))

        fails(checker)

        assert len(server.requests) == 2

    def test_an_outage_costs_few_requests_and_ends_by_itself(
        self, checker_at: At, time: ManualTime
    ) -> None:
        """Forty checks in ten seconds; then the service is back."""
        checker, server = checker_at(say(answer(500)))
        for _ in range(40):
            fails(checker)
            time.now += 0.25
        assert len(server.requests) <= 12

        server.acts[:] = [GOOD]
        time.now += 5

        assert checker.check_session(CONTEXT_ID).customer_id == "zoe"
        asked = len(server.requests)
        checker.check_session(CONTEXT_ID)
        assert len(server.requests) == asked + 1

    def test_what_others_are_told_while_nothing_is_asked(
        self, checker_at: At, time: ManualTime
    ) -> None:
        checker, server = checker_at(say(answer(404)))
        for _ in range(5):
            fails(checker)
        asked = len(server.requests)

        assert fails(checker).retry_after == 1
        assert len(server.requests) == asked

    def test_the_log_tells_begin_and_end_of_an_outage(
        self, checker_at: At, caplog: pytest.LogCaptureFixture
    ) -> None:
        checker, server = checker_at(
            say(answer(404)), say(answer(404)), say(answer(403)), say(answer(404)), GOOD
        )
        for _ in range(4):
            fails(checker)
        for _ in range(3):
            checker.check_session(CONTEXT_ID)

        told = [
            (record.levelname, record.getMessage())
            for record in caplog.records
            if record.name == "cybershop_customer.client"
        ]
        name = f"the session check at {server.url}"
        stranger = "not from the customer service"
        assert told == [
            ("WARNING", f"{name} failed: it answers with status 404, {stranger}"),
            ("WARNING", f"{name} failed: it answers with status 403, {stranger}"),
            ("WARNING", f"{name} works again"),
        ]


class Asked:
    """Answers each question with the next outcome, after ``seconds``; the last for all later."""

    def __init__(self, time: ManualTime, *outcomes: Any, seconds: float = 0.0) -> None:
        self.time = time
        self.outcomes = list(outcomes)
        self.seconds = seconds
        self.limits: list[float] = []

    def __call__(self, limit: float) -> Any:
        self.limits.append(limit)
        self.time.now += self.seconds
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


def caller(time: ManualTime, limit: float = 2.0) -> Caller:
    return Caller(
        limit,
        OutageLog("the check"),
        sleep=time.sleep,
        monotonic=time.monotonic,
        uniform=time.longest,
    )


class TestCaller:
    def test_a_retry_has_what_is_left_of_the_time(self, time: ManualTime) -> None:
        ask = Asked(time, BAD, RefusalReason.EXPIRED, seconds=0.5)

        assert caller(time).call(ask) is RefusalReason.EXPIRED
        assert ask.limits == [2.0, pytest.approx(1.4)]

    @pytest.mark.parametrize("seconds", [0.96, 1.0, 1.99, 2.0, 3.0])
    def test_none_begins_that_could_not_end_in_time(self, time: ManualTime, seconds: float) -> None:
        ask = Asked(time, BAD, seconds=seconds)

        with pytest.raises(CheckerUnavailableError):
            caller(time).call(ask)

        assert len(ask.limits) == 1
        assert time.pauses == []

    def test_retries_that_fail_use_up_the_budget_too(self, time: ManualTime) -> None:
        ask = Asked(time, BAD)
        calls = caller(time)
        asked = []
        for _ in range(5):
            with pytest.raises(CheckerUnavailableError):
                calls.call(ask)
            asked.append(len(ask.limits) - sum(asked))

        assert asked == [2, 2, 1, 1, 1]

    def test_it_tells_when_to_come_back(self, time: ManualTime) -> None:
        ask = Asked(time, Failure("busy", Retry.NEVER, 7))

        with pytest.raises(CheckerUnavailableError) as caught:
            caller(time).call(ask)

        assert caught.value.retry_after == 7

    def test_a_probe_that_breaks_off_does_not_bar_the_next(self, time: ManualTime) -> None:
        calls = caller(time)
        for _ in range(5):
            with pytest.raises(CheckerUnavailableError):
                calls.call(Asked(time, BAD))
        time.now += 5
        with pytest.raises(KeyboardInterrupt):
            calls.call(Asked(time, KeyboardInterrupt()))
        time.now += 5

        assert calls.call(Asked(time, RefusalReason.EXPIRED)) is RefusalReason.EXPIRED

    @pytest.mark.parametrize("limit", [0, -1, 60.1, float("nan"), float("inf")])
    def test_its_limit_is_one(self, limit: float) -> None:
        from cybershop_customer import SettingsError

        with pytest.raises(SettingsError) as caught:
            HttpSessionChecker("http://shop.example", time_limit=limit)

        assert [fault.field for fault in caught.value.faults] == ["time_limit"]


class TestRetryBudget:
    def test_it_is_spent_by_failures(self) -> None:
        budget = RetryBudget()

        assert [budget.failed() for _ in range(7)] == [True] * 4 + [False] * 3

    def test_ten_successes_pay_for_a_failure(self) -> None:
        budget = RetryBudget()
        while budget.failed():
            pass
        for _ in range(10):
            budget.succeeded()
        assert not budget.failed()

        for _ in range(11):
            budget.succeeded()

        assert budget.failed()

    def test_it_holds_ten_and_owes_nothing(self) -> None:
        budget = RetryBudget()
        for _ in range(1000):
            budget.succeeded()
        assert [budget.failed() for _ in range(5)] == [True] * 4 + [False]
        for _ in range(1000):
            budget.failed()
        for _ in range(61):
            budget.succeeded()

        assert budget.failed()


class TestCircuitBreaker:
    @pytest.fixture
    def breaker(self, time: ManualTime) -> CircuitBreaker:
        return CircuitBreaker(monotonic=time.monotonic, uniform=time.longest)

    def fail(self, breaker: CircuitBreaker, times: int = 1) -> None:
        for _ in range(times):
            breaker.settle(probe=breaker.admit(), worked=False)

    def wait(self, breaker: CircuitBreaker) -> int:
        """The seconds that somebody is told who is not admitted."""
        with pytest.raises(CheckerUnavailableError) as caught:
            breaker.admit()
        return caught.value.retry_after

    def test_five_failures_in_a_row_open_it(self, breaker: CircuitBreaker) -> None:
        self.fail(breaker, 4)
        breaker.settle(probe=breaker.admit(), worked=True)
        self.fail(breaker, 4)
        assert breaker.admit() is False
        breaker.settle(probe=False, worked=False)

        assert self.wait(breaker) == 1

    def test_after_a_second_one_probe_is_admitted(
        self, breaker: CircuitBreaker, time: ManualTime
    ) -> None:
        self.fail(breaker, 5)
        time.now += 0.99
        self.wait(breaker)
        time.now += 0.01

        assert breaker.admit() is True
        assert self.wait(breaker) == 1

    def test_a_probe_that_works_closes_it(self, breaker: CircuitBreaker, time: ManualTime) -> None:
        self.fail(breaker, 5)
        time.now += 1
        breaker.settle(probe=breaker.admit(), worked=True)

        self.fail(breaker, 4)
        assert breaker.admit() is False

    def test_each_probe_that_fails_opens_it_for_longer(
        self, breaker: CircuitBreaker, time: ManualTime
    ) -> None:
        self.fail(breaker, 5)
        pauses = []
        for _ in range(5):
            begin = time.now
            pauses.append(self.wait(breaker))
            time.now += pauses[-1]
            assert breaker.admit() is True, time.now - begin
            breaker.settle(probe=True, worked=False)
        assert pauses == [1, 2, 4, 5, 5]

        time.now += 5
        breaker.settle(probe=breaker.admit(), worked=True)
        self.fail(breaker, 5)
        assert self.wait(breaker) == 1

    def test_its_pauses_are_random(self, time: ManualTime) -> None:
        breaker = CircuitBreaker(monotonic=time.monotonic, uniform=lambda low, _high: low)
        self.fail(breaker, 5)
        time.now += 0.49
        self.wait(breaker)
        time.now += 0.01

        assert breaker.admit() is True

    def test_who_was_admitted_before_is_no_probe(
        self, breaker: CircuitBreaker, time: ManualTime
    ) -> None:
        """Its failure is no news, and lets no second probe through; its success is."""
        early = [breaker.admit() for _ in range(3)]
        self.fail(breaker, 5)
        breaker.settle(probe=early[0], worked=False)
        time.now += 1
        assert breaker.admit() is True
        breaker.settle(probe=early[1], worked=False)
        self.wait(breaker)

        breaker.settle(probe=early[2], worked=True)

        assert breaker.admit() is False

    def test_of_many_threads_one_is_the_probe(
        self, breaker: CircuitBreaker, time: ManualTime
    ) -> None:
        self.fail(breaker, 5)
        time.now += 1

        outcomes = race([breaker.admit] * 8)

        assert outcomes.count(True) == 1
        assert sum(isinstance(outcome, CheckerUnavailableError) for outcome in outcomes) == 7
