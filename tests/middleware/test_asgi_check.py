"""A blocking checker does not block the event loop."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

import pytest
from support.builders.values import a_session
from support.http.api import Api
from support.http.transports import TIMEOUT
from support.protected import django_project, falcon_service, wsgi_service

from cybershop_customer import (
    CheckerUnavailableError,
    ForbiddenError,
    RefusalReason,
    Session,
    SessionChecker,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.middleware.asgi_check import AsyncCheck
from cybershop_customer.entrypoints.middleware.checker_kind import AnyChecker
from cybershop_customer.ports.async_session_checker import AsyncSessionChecker

ZOE: Final = a_session("zoe")
TRACE: ContextVar[str] = ContextVar("trace", default="none")


class FakeChecker(SessionChecker):
    """Calls ``act`` for each check, and records the thread."""

    def __init__(self, act: Callable[[], Session] = lambda: ZOE) -> None:
        self.act = act
        self.threads: list[str] = []

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        self.threads.append(threading.current_thread().name)
        return self.act()


class CachingFakeChecker(FakeChecker):
    """Has a method ``cached`` too."""

    def __init__(self, cached: Callable[..., Session | None]) -> None:
        super().__init__()
        self.cached = cached


class Gate:
    """Blocks each thread that calls it, until it is opened."""

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


def an_async_check(checker: AnyChecker, **more: Any) -> AsyncCheck:
    return AsyncCheck(checker, **{"threads": 2, "time_limit": TIMEOUT, **more})


def check(checker: SessionChecker, **more: Any) -> Session:
    return asyncio.run(an_async_check(checker, **more).check_session("x", role=None))


async def arrival(gate: Gate) -> None:
    """Wait for a thread at the gate, without blocking the event loop."""
    assert await asyncio.to_thread(gate.arrived.acquire, timeout=TIMEOUT)


def run(steps: Callable[[], Awaitable[None]]) -> None:
    async def with_timeout() -> None:
        async with asyncio.timeout(TIMEOUT):
            await steps()

    asyncio.run(with_timeout())


def test_a_check_runs_in_a_thread_of_the_middleware() -> None:
    checker = FakeChecker()

    assert check(checker) is ZOE
    assert [name.partition("_")[0] for name in checker.threads] == ["session-check"]


def test_the_event_loop_runs_while_a_check_blocks(gate: Gate) -> None:
    async def steps() -> None:
        checking = asyncio.create_task(
            an_async_check(FakeChecker(gate)).check_session("x", role=None)
        )
        await arrival(gate)
        assert not checking.done()
        gate.opened.set()
        assert await checking is ZOE

    run(steps)


def test_threads_limits_the_checks_at_a_time(gate: Gate) -> None:
    async def steps() -> None:
        checks = an_async_check(FakeChecker(gate), threads=2)
        tasks = [asyncio.create_task(checks.check_session("x", role=None)) for _ in range(5)]
        await arrival(gate)
        await arrival(gate)
        assert not gate.arrived.acquire(blocking=False)
        gate.opened.set()
        assert await asyncio.gather(*tasks) == [ZOE] * 5

    run(steps)


def test_a_check_that_is_cancelled_while_it_waits_never_runs(gate: Gate) -> None:
    async def steps() -> None:
        checker = FakeChecker(gate)
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


def test_a_check_that_is_cancelled_while_it_runs_frees_its_thread_at_its_end(gate: Gate) -> None:
    async def steps() -> None:
        checks = an_async_check(FakeChecker(gate), threads=1)
        cancelled = asyncio.create_task(checks.check_session("x", role=None))
        await arrival(gate)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        gate.opened.set()
        assert await checks.check_session("x", role=None) is ZOE

    run(steps)


def test_after_the_time_limit_the_checker_is_unavailable(gate: Gate) -> None:
    with pytest.raises(CheckerUnavailableError):
        check(FakeChecker(gate), time_limit=0.01)


def test_the_time_limit_includes_the_wait_for_a_thread(gate: Gate) -> None:
    async def steps() -> None:
        checker = FakeChecker(gate)
        checks = an_async_check(checker, threads=1, time_limit=0.01)
        found = await asyncio.gather(
            *(checks.check_session("x", role=None) for _ in range(3)), return_exceptions=True
        )
        assert [type(error) for error in found] == [CheckerUnavailableError] * 3
        assert len(checker.threads) <= 1

    run(steps)


def test_a_check_sees_the_context_of_the_request_and_does_not_change_it() -> None:
    seen: list[str] = []

    def act() -> Session:
        seen.append(TRACE.get())
        TRACE.set("the checker's")
        return ZOE

    async def steps() -> None:
        TRACE.set("the request's")
        await an_async_check(FakeChecker(act)).check_session("x", role=None)
        assert TRACE.get() == "the request's"

    run(steps)
    assert seen == ["the request's"]


def test_a_refusal_is_raised_in_the_event_loop() -> None:
    def act() -> Session:
        raise SessionRefusedError(RefusalReason.EXPIRED)

    with pytest.raises(SessionRefusedError) as refused:
        check(FakeChecker(act))
    assert refused.value.reason is RefusalReason.EXPIRED


class TestCached:
    """The optional method ``cached``, which returns at once."""

    def test_a_cached_answer_needs_no_thread(self) -> None:
        asked: list[Any] = []

        def cached(context_id: str | None, **more: Any) -> Session:
            asked.append((context_id, more, threading.current_thread()))
            return ZOE

        checker = CachingFakeChecker(cached)
        found = asyncio.run(an_async_check(checker).check_session("x", role="admin"))

        assert found is ZOE
        assert asked == [("x", {"role": "admin"}, threading.current_thread())]
        assert checker.threads == []

    @pytest.mark.parametrize(
        "refusal", [SessionRefusedError(RefusalReason.REVOKED), ForbiddenError("admin")]
    )
    def test_a_cached_refusal_needs_no_thread(self, refusal: Exception) -> None:
        def cached(*_: object, **__: object) -> Session:
            raise refusal

        checker = CachingFakeChecker(cached)
        with pytest.raises(type(refusal)):
            check(checker)
        assert checker.threads == []

    def test_without_a_cached_answer_the_check_runs(self) -> None:
        checker = CachingFakeChecker(lambda *_, **__: None)

        assert check(checker) is ZOE
        assert len(checker.threads) == 1


def test_the_role_is_demanded(checker: SessionChecker, zoe: str) -> None:
    with pytest.raises(ForbiddenError):
        asyncio.run(an_async_check(checker).check_session(zoe, role="admin"))


class AsyncFakeChecker(AsyncSessionChecker):
    """Waits for ``opened``, and records whether it was cancelled."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.cancelled = False
        self.threads: list[threading.Thread] = []

    async def check_session(self, context_id: str | None, **_: object) -> Session:
        self.threads.append(threading.current_thread())
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return ZOE


class TestACheckerForAsyncio:
    def test_it_needs_no_thread(self) -> None:
        async def steps() -> None:
            checker = AsyncFakeChecker()
            checker.opened.set()
            assert await an_async_check(checker).check_session("x", role=None) is ZOE
            assert checker.threads == [threading.current_thread()]

        run(steps)

    def test_after_the_time_limit_it_is_unavailable(self) -> None:
        async def steps() -> None:
            checker = AsyncFakeChecker()
            with pytest.raises(CheckerUnavailableError):
                await an_async_check(checker, time_limit=0.01).check_session("x", role=None)
            assert checker.cancelled

        run(steps)

    def test_a_request_that_is_cancelled_cancels_it(self) -> None:
        async def steps() -> None:
            checker = AsyncFakeChecker()
            task = asyncio.create_task(an_async_check(checker).check_session("x", role=None))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            assert checker.cancelled

        run(steps)

    def test_a_checker_that_hides_its_kind_admits_no_one(self) -> None:
        """Its coroutine must not be taken for the session."""

        made = []

        class Hidden(SessionChecker):
            def check_session(self, *_: object, **__: object) -> Any:
                made.append(AsyncFakeChecker.check_session(Any, "x"))
                return made[0]

        with pytest.raises(TypeError, match="returned coroutine"):
            check(Hidden())
        made[0].close()

    @pytest.mark.parametrize("framework", ["falcon", "wsgi"])
    def test_middleware_without_an_event_loop_refuses_it(self, framework: str) -> None:
        checker: Any = AsyncFakeChecker()
        services = {"falcon": falcon_service.service, "wsgi": wsgi_service.service}

        with pytest.raises(TypeError, match="is a session checker for asyncio"):
            services[framework](checker)

    def test_django_under_wsgi_refuses_it(self) -> None:
        with django_project.under_wsgi(AsyncFakeChecker()) as send:
            answer = Api(send).get("/mine", bearer="x")
        assert answer.status == 500
