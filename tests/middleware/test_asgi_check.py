"""A checker that blocks does not block the event loop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

import pytest
from support.builders.values import a_session
from support.http.transports import TIMEOUT

from cybershop_customer import (
    CheckerUnavailableError,
    ForbiddenError,
    RefusalReason,
    Session,
    SessionChecker,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.middleware.asgi_check import AsyncCheck

ZOE: Final = a_session("zoe")
TRACE: ContextVar[str] = ContextVar("trace", default="none")


class Told(SessionChecker):
    """Does as it is told, and remembers in which thread."""

    def __init__(self, act: Callable[[], Session] = lambda: ZOE) -> None:
        self.act = act
        self.threads: list[str] = []

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        self.threads.append(threading.current_thread().name)
        return self.act()


class Knowing(Told):
    """Has a look that does not block."""

    def __init__(self, look: Callable[..., Session | None]) -> None:
        super().__init__()
        self.cached = look


class Gate:
    """Holds up whoever comes by, until it is opened."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.opened = threading.Event()

    def __call__(self) -> Session:
        self.arrived.release()
        assert self.opened.wait(TIMEOUT)
        return ZOE


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


def an_async_check(checker: SessionChecker, **more: Any) -> AsyncCheck:
    return AsyncCheck(checker, **{"threads": 2, "time_limit": TIMEOUT, **more})


def check(checker: SessionChecker, **more: Any) -> Session:
    return asyncio.run(an_async_check(checker, **more).check_session("x", role=None))


async def arrival(gate: Gate) -> None:
    """Wait until somebody stands at the gate; the event loop goes on meanwhile."""
    assert await asyncio.to_thread(gate.arrived.acquire, timeout=TIMEOUT)


def run(steps: Callable[[], Awaitable[None]]) -> None:
    async def within_the_time() -> None:
        async with asyncio.timeout(TIMEOUT):
            await steps()

    asyncio.run(within_the_time())


def test_the_check_runs_in_a_thread_of_its_own() -> None:
    checker = Told()

    assert check(checker) is ZOE
    assert [name.partition("_")[0] for name in checker.threads] == ["session-check"]


def test_the_loop_goes_on_while_a_check_blocks(gate: Gate) -> None:
    async def steps() -> None:
        checking = asyncio.create_task(an_async_check(Told(gate)).check_session("x", role=None))
        await arrival(gate)
        assert not checking.done()
        gate.opened.set()
        assert await checking is ZOE

    run(steps)


def test_no_more_checks_run_at_a_time_than_there_are_threads(gate: Gate) -> None:
    async def steps() -> None:
        checks = an_async_check(Told(gate), threads=2)
        tasks = [asyncio.create_task(checks.check_session("x", role=None)) for _ in range(5)]
        await arrival(gate)
        await arrival(gate)
        assert not gate.arrived.acquire(blocking=False)
        gate.opened.set()
        assert await asyncio.gather(*tasks) == [ZOE] * 5

    run(steps)


def test_what_was_cancelled_while_it_waited_is_never_asked(gate: Gate) -> None:
    async def steps() -> None:
        checker = Told(gate)
        checks = an_async_check(checker, threads=1)
        first, second, third = (
            asyncio.create_task(checks.check_session("x", role=None)) for _ in range(3)
        )
        await arrival(gate)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        gate.opened.set()
        assert await asyncio.gather(first, third) == [ZOE] * 2
        assert len(checker.threads) == 2

    run(steps)


def test_what_was_cancelled_while_it_ran_frees_its_thread_at_its_end(gate: Gate) -> None:
    async def steps() -> None:
        checks = an_async_check(Told(gate), threads=1)
        cancelled = asyncio.create_task(checks.check_session("x", role=None))
        await arrival(gate)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        gate.opened.set()
        assert await checks.check_session("x", role=None) is ZOE

    run(steps)


def test_past_the_time_limit_sessions_cannot_be_checked(gate: Gate) -> None:
    with pytest.raises(CheckerUnavailableError):
        check(Told(gate), time_limit=0.01)


def test_the_time_limit_holds_for_those_who_wait_for_a_thread(gate: Gate) -> None:
    async def steps() -> None:
        checker = Told(gate)
        checks = an_async_check(checker, threads=1, time_limit=0.01)
        found = await asyncio.gather(
            *(checks.check_session("x", role=None) for _ in range(3)), return_exceptions=True
        )
        assert [type(error) for error in found] == [CheckerUnavailableError] * 3
        assert len(checker.threads) <= 1

    run(steps)


def test_the_requests_context_is_seen_and_left_alone() -> None:
    seen: list[str] = []

    def act() -> Session:
        seen.append(TRACE.get())
        TRACE.set("the checker's")
        return ZOE

    async def steps() -> None:
        TRACE.set("the request's")
        await an_async_check(Told(act)).check_session("x", role=None)
        assert TRACE.get() == "the request's"

    run(steps)
    assert seen == ["the request's"]


def test_refusals_come_out_of_the_thread() -> None:
    def act() -> Session:
        raise SessionRefusedError(RefusalReason.EXPIRED)

    with pytest.raises(SessionRefusedError) as refused:
        check(Told(act))
    assert refused.value.reason is RefusalReason.EXPIRED


class TestCached:
    """The optional method ``cached``, which answers at once or not at all."""

    def test_what_is_known_needs_no_thread(self) -> None:
        asked: list[Any] = []

        def look(context_id: str | None, **more: Any) -> Session:
            asked.append((context_id, more, threading.current_thread()))
            return ZOE

        checker = Knowing(look)
        found = asyncio.run(an_async_check(checker).check_session("x", role="admin"))

        assert found is ZOE
        assert asked == [("x", {"role": "admin"}, threading.current_thread())]
        assert checker.threads == []

    @pytest.mark.parametrize(
        "refusal", [SessionRefusedError(RefusalReason.REVOKED), ForbiddenError("admin")]
    )
    def test_so_does_a_refusal_that_is_certain(self, refusal: Exception) -> None:
        def look(*_: object, **__: object) -> Session:
            raise refusal

        checker = Knowing(look)
        with pytest.raises(type(refusal)):
            check(checker)
        assert checker.threads == []

    def test_what_is_not_known_is_asked(self) -> None:
        checker = Knowing(lambda *_, **__: None)

        assert check(checker) is ZOE
        assert len(checker.threads) == 1


def test_the_role_is_asked_for(checker: SessionChecker, zoe: str) -> None:
    with pytest.raises(ForbiddenError):
        asyncio.run(an_async_check(checker).check_session(zoe, role="admin"))
