"""Retries, the retry budget and the circuit breaker of the HTTP client."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from support.doubles.manual_time import ManualTime
from support.http.raw_server import (
    Act,
    Conversation,
    RawServer,
    answer,
    problem,
    reset,
    say,
    say_and_hang_up,
)
from support.http.session_replies import CONTEXT_ID, SESSION, refusal
from support.races.threads import race

from cybershop_customer import CheckerUnavailableError, RefusalReason, SessionRefusedError
from cybershop_customer.adapters.http_api.call_failure import CallFailure
from cybershop_customer.adapters.http_api.call_policy import CallPolicy
from cybershop_customer.adapters.http_api.circuit_breaker import CircuitBreaker
from cybershop_customer.adapters.http_api.outage_log import OutageLog
from cybershop_customer.adapters.http_api.retry_budget import RetryBudget
from cybershop_customer.adapters.http_client.retrying_client import RetryingClient
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker

WAYS = ("threads", "asyncio")

At = Callable[..., tuple[HttpSessionChecker, RawServer]]

GOOD = say(answer(200, SESSION))
BAD = CallFailure("it is bad")


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
    def test_a_failure_that_may_pass_is_retried_after_a_pause(
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
    def test_a_failure_that_does_not_pass_is_not_retried(self, checker_at: At, data: bytes) -> None:
        checker, server = checker_at(say(data), GOOD)

        fails(checker)

        assert len(server.requests) == 1

    def test_a_refusal_is_not_a_failure(self, checker_at: At) -> None:
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
        """The connection closes after the request. An earlier close is seen before it."""
        checker, server = checker_at(GOOD, lost, GOOD)
        checker.check_session(CONTEXT_ID)

        checker.check_session(CONTEXT_ID)

        assert (len(server.requests), server.connections) == (3, 2)
        assert time.pauses == [0]

    def test_lost_connections_cost_no_tokens(self, checker_at: At) -> None:
        """A closed kept connection says nothing about the service."""
        checker, server = checker_at(GOOD, *[reset, GOOD] * 20)
        checker.check_session(CONTEXT_ID)

        for _ in range(20):
            checker.check_session(CONTEXT_ID)

        assert server.connections == 21

    def test_a_lost_connection_is_not_replaced_by_another_that_was_kept(
        self, server_of: Callable[..., RawServer], checker_of: Callable[..., HttpSessionChecker]
    ) -> None:
        """All kept connections may be closed. Another thread may take the new connection."""
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
        """Forty checks fail in ten seconds. Then the service works again."""
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

    def test_an_open_circuit_breaker_gives_a_retry_after(
        self, checker_at: At, time: ManualTime
    ) -> None:
        checker, server = checker_at(say(answer(404)))
        for _ in range(5):
            fails(checker)
        asked = len(server.requests)

        assert fails(checker).retry_after == 1
        assert len(server.requests) == asked

    def test_the_log_has_the_beginning_and_the_end_of_an_outage(
        self, checker_at: At, caplog: pytest.LogCaptureFixture
    ) -> None:
        checker, server = checker_at(
            say(answer(404)), say(answer(404)), say(answer(403)), say(answer(404)), GOOD
        )
        for _ in range(4):
            fails(checker)
        for _ in range(3):
            checker.check_session(CONTEXT_ID)

        logged = [
            (record.levelname, record.getMessage())
            for record in caplog.records
            if record.name == "cybershop_customer.client"
        ]
        name = f"the session check at {server.url}"
        origin = "not from the customer service"
        assert logged == [
            ("WARNING", f"{name} failed: it answers with status 404, {origin}"),
            ("WARNING", f"{name} failed: it answers with status 403, {origin}"),
            ("WARNING", f"{name} works again"),
        ]


class FakeAttempt:
    """Returns or raises the next outcome after ``seconds``, and the last outcome from then on."""

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


def make_client(time: ManualTime, limit: float = 2.0) -> RetryingClient:
    policy = CallPolicy(
        limit, OutageLog("the check"), monotonic=time.monotonic, uniform=time.longest
    )
    return RetryingClient(policy, time.sleep)


def failure_of(client: RetryingClient, attempt: FakeAttempt, **options: Any) -> CallFailure:
    result: object = client.call(attempt, **options)
    assert isinstance(result, CallFailure)
    return result


class TestRetryingClient:
    def test_a_retry_gets_the_remaining_time(self, time: ManualTime) -> None:
        attempt = FakeAttempt(time, BAD, RefusalReason.EXPIRED, seconds=0.5)

        assert make_client(time).call(attempt) is RefusalReason.EXPIRED
        assert attempt.limits == [2.0, pytest.approx(1.4)]

    @pytest.mark.parametrize("seconds", [0.96, 1.0, 1.99, 2.0, 3.0])
    def test_a_retry_that_could_exceed_the_limit_is_not_made(
        self, time: ManualTime, seconds: float
    ) -> None:
        attempt = FakeAttempt(time, BAD, seconds=seconds)

        assert failure_of(make_client(time), attempt) is BAD
        assert len(attempt.limits) == 1
        assert time.pauses == []

    def test_retries_that_fail_use_up_the_budget_too(self, time: ManualTime) -> None:
        attempt = FakeAttempt(time, BAD)
        client = make_client(time)
        attempts = []
        for _ in range(5):
            failure_of(client, attempt)
            attempts.append(len(attempt.limits) - sum(attempts))

        assert attempts == [2, 2, 1, 1, 1]

    def test_a_call_that_may_have_worked_is_not_repeated_if_that_may_do_harm(
        self, time: ManualTime
    ) -> None:
        attempt = FakeAttempt(time, BAD)

        assert failure_of(make_client(time), attempt, repeatable=False) is BAD
        assert len(attempt.limits) == 1

    def test_a_call_that_was_never_sent_is_repeated(self, time: ManualTime) -> None:
        never_sent = CallFailure("no connection", may_have_acted=False)
        attempt = FakeAttempt(time, never_sent, RefusalReason.EXPIRED)

        result: object = make_client(time).call(attempt, repeatable=False)

        assert result is RefusalReason.EXPIRED

    def test_an_open_breaker_is_a_failure_of_a_call_that_was_never_sent(
        self, time: ManualTime
    ) -> None:
        client = make_client(time)
        for _ in range(5):
            failure_of(client, FakeAttempt(time, BAD))
        attempt = FakeAttempt(time, RefusalReason.EXPIRED)

        failure = failure_of(client, attempt)

        assert (failure.may_have_acted, attempt.limits) == (False, [])

    def test_an_interrupted_probe_does_not_block_the_next_probe(self, time: ManualTime) -> None:
        client = make_client(time)
        for _ in range(5):
            failure_of(client, FakeAttempt(time, BAD))
        time.now += 5
        with pytest.raises(KeyboardInterrupt):
            client.call(FakeAttempt(time, KeyboardInterrupt()))
        time.now += 5

        assert client.call(FakeAttempt(time, RefusalReason.EXPIRED)) is RefusalReason.EXPIRED

    @pytest.mark.parametrize("limit", [0, -1, 60.1, float("nan"), float("inf")])
    def test_an_invalid_time_limit_is_refused(self, limit: float) -> None:
        from cybershop_customer import SettingsError

        with pytest.raises(SettingsError) as caught:
            HttpSessionChecker("http://shop.example", time_limit=limit)

        assert [fault.field for fault in caught.value.faults] == ["time_limit"]


class TestRetryBudget:
    def test_failures_use_up_the_budget(self) -> None:
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

    def test_it_has_ten_tokens_at_most_and_never_less_than_none(self) -> None:
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
        """The ``retry_after`` of a request that is not admitted."""
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

    def test_a_request_admitted_before_the_opening_is_no_probe(
        self, breaker: CircuitBreaker, time: ManualTime
    ) -> None:
        """Its failure admits no second probe. Its success closes the circuit breaker."""
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
