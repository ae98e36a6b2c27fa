"""What only the cache for asyncio does: tasks, cancellation and event loops."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

import pytest
from support.coroutines.async_cache import AsyncFeed, AsyncSource
from support.http.transports import TIMEOUT
from support.services.cache_harness import CacheHarness

from cybershop_customer import (
    CheckerUnavailableError,
    InvalidInputError,
    Session,
    SessionFeedPage,
    SessionRefusedError,
    StoreFaultError,
)
from cybershop_customer.adapters.caching.async_feed_follower import AsyncFeedFollower
from cybershop_customer.adapters.caching.async_session_checker import AsyncCachingSessionChecker
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.ports.async_session_feed import AsyncSessionFeed

CROWD = 8
TRACE: ContextVar[str] = ContextVar("trace", default="none")


class Source(AsyncSource):
    """Holds each check between its read and its answer, while it is ``held``."""

    def __init__(self, harness: CacheHarness) -> None:
        super().__init__(harness.source)
        self.calls = harness.source.calls
        self.asked = asyncio.Semaphore(0)
        self.may_answer = asyncio.Event()

    async def check_session(self, context_id: str | None, **asked: Any) -> Session:
        try:
            return await super().check_session(context_id, **asked)
        finally:
            self.asked.release()
            await self.may_answer.wait()


def checker_of(harness: CacheHarness, source: Any, **more: Any) -> AsyncCachingSessionChecker:
    arguments = {"clock": harness.clock, "policy": harness.policy}
    return AsyncCachingSessionChecker(
        source, **{**arguments, "monotonic": harness.clock.monotonic, "feed_interval": None, **more}
    )


def run(steps: Callable[[], Awaitable[None]]) -> None:
    async def with_timeout() -> None:
        async with asyncio.timeout(TIMEOUT):
            await steps()

    asyncio.run(with_timeout())


class TestChecksOfOneSession:
    def test_all_get_the_answer_of_one_call(self) -> None:
        async def steps() -> None:
            harness = CacheHarness()
            context_id, source = harness.log_in(), Source(harness)
            async with checker_of(harness, source) as checker:
                tasks = [asyncio.create_task(checker.check_session(context_id)) for _ in range(8)]
                await source.asked.acquire()
                source.may_answer.set()
                assert set(await asyncio.gather(*tasks)) == {harness.source.sessions[context_id]}
                assert len(source.calls) == 1

        run(steps)

    @pytest.mark.parametrize("who", [[0], [3], range(CROWD)], ids=["first", "a later one", "all"])
    def test_one_that_is_cancelled_does_not_end_the_call(self, who: list[int]) -> None:
        """If all are cancelled, the answer is still kept for the next check."""

        async def steps() -> None:
            harness = CacheHarness()
            context_id, source = harness.log_in(), Source(harness)
            async with checker_of(harness, source) as checker:
                tasks = [
                    asyncio.create_task(checker.check_session(context_id)) for _ in range(CROWD)
                ]
                await source.asked.acquire()
                for number in who:
                    tasks[number].cancel()
                await asyncio.sleep(0)
                source.may_answer.set()
                found = await asyncio.gather(*tasks, return_exceptions=True)
                cancelled = [isinstance(it, asyncio.CancelledError) for it in found]
                assert cancelled == [number in who for number in range(CROWD)]
                assert (await checker.check_session(context_id)).customer_id == "ann"
                assert len(source.calls) == 1

        run(steps)

    def test_each_gets_an_error_of_its_own(self) -> None:
        async def steps() -> None:
            harness = CacheHarness()
            context_id, source = harness.log_in(), Source(harness)
            harness.start_outage(retry_after=7)
            source.may_answer.set()
            async with checker_of(harness, source) as checker:
                found = await asyncio.gather(
                    *(checker.check_session(context_id) for _ in range(CROWD)),
                    return_exceptions=True,
                )
            assert {getattr(error, "retry_after", None) for error in found} == {7}
            assert len(set(map(id, found))) == CROWD
            assert len(source.calls) == 1

        run(steps)

    def test_a_bug_in_the_source_is_raised_once(self) -> None:
        async def steps() -> None:
            harness = CacheHarness()
            context_id, source = harness.log_in(), Source(harness)
            source.may_answer.set()
            harness.source.error = ZeroDivisionError()
            async with checker_of(harness, source) as checker:
                checks = [checker.check_session(context_id) for _ in range(3)]
                first, *others = await asyncio.gather(*checks, return_exceptions=True)
                assert isinstance(first, ZeroDivisionError)
                assert {type(other) for other in others} == {CheckerUnavailableError}
                harness.source.error = None
                assert (await checker.check_session(context_id)).customer_id == "ann"

        run(steps)

    def test_a_call_from_before_a_logout_is_not_joined(self) -> None:
        """Nor does its late answer replace the refusal."""

        async def steps() -> None:
            harness = CacheHarness(max_age=1)
            context_id, source = harness.log_in(), Source(harness)
            async with checker_of(harness, source) as checker:
                early = asyncio.create_task(checker.check_session(context_id))
                await source.asked.acquire()
                harness.log_out(context_id)
                harness.advance(1)
                late = asyncio.create_task(checker.check_session(context_id))
                await source.asked.acquire()
                source.may_answer.set()
                assert (await early).customer_id == "ann"
                for check in (late, checker.check_session(context_id)):
                    with pytest.raises(SessionRefusedError):
                        await check
                assert len(source.calls) == 2

        run(steps)

    def test_an_endless_call_is_waited_for_until_longest_wait(self) -> None:
        async def steps() -> None:
            harness = CacheHarness(max_age=5, stale_if_error=60)
            known, new, source = harness.log_in("ann"), harness.log_in("bob"), Source(harness)
            source.may_answer.set()
            async with checker_of(harness, source, longest_wait=0.01) as checker:
                session = await checker.check_session(known)
                source.may_answer.clear()
                harness.advance(10)
                assert await checker.check_session(known) == session
                with pytest.raises(CheckerUnavailableError):
                    await checker.check_session(new)
                assert checker.cache_info().stale == 1

        run(steps)

    def test_closing_ends_the_calls(self) -> None:
        async def steps() -> None:
            harness = CacheHarness()
            context_id, source = harness.log_in(), Source(harness)
            checker = checker_of(harness, source)
            check = asyncio.create_task(checker.check_session(context_id))
            await source.asked.acquire()
            await checker.aclose()
            with pytest.raises(CheckerUnavailableError):
                await check
            assert asyncio.all_tasks() == {asyncio.current_task()}

        run(steps)


class Feed(AsyncSessionFeed):
    """Raises the errors of ``plan`` in order. After that, it has no changes."""

    def __init__(self, *plan: Exception | None) -> None:
        self.plan = list(plan)
        self.reads = 0
        self.served = asyncio.Event()
        self.traces: list[str] = []

    async def read_changes(self, cursor: str | None, **_: object) -> SessionFeedPage:
        self.reads += 1
        self.traces.append(TRACE.get())
        error = self.plan.pop(0) if self.plan else None
        if error is not None:
            raise error
        if not self.plan:
            self.served.set()
        return SessionFeedPage((), "cursor", complete=True)


def follower_of(feed: AsyncSessionFeed, **more: Any) -> AsyncFeedFollower:
    arguments: dict[str, Any] = {"max_lag": 2, "max_use": 60, "interval": 0.001}
    return AsyncFeedFollower(feed, **{**arguments, "monotonic": ManualClock().monotonic, **more})


class TestTheTask:
    def test_the_first_check_starts_it_and_closing_ends_it(self) -> None:
        async def steps() -> None:
            harness, feed = CacheHarness(), Feed()
            context_id, source = harness.log_in(), AsyncSource(harness.source)
            checker = checker_of(harness, source, feed=feed, feed_interval=0.001)
            assert feed.reads == 0
            TRACE.set("the first request")
            await asyncio.gather(*(checker.check_session(context_id) for _ in range(CROWD)))
            await feed.served.wait()
            assert len(asyncio.all_tasks()) == 2
            assert set(feed.traces) == {"none"}, "it keeps the context of a request"

            await checker.aclose()

            assert asyncio.all_tasks() == {asyncio.current_task()}
            reads = feed.reads
            await checker.check_session(context_id)
            await asyncio.sleep(0.01)
            assert feed.reads == reads, "a closed checker starts no task"

        run(steps)

    def test_it_survives_every_error(self, caplog: pytest.LogCaptureFixture) -> None:
        async def steps() -> None:
            feed = Feed(
                None, CheckerUnavailableError(), ZeroDivisionError("a bug"), StoreFaultError(), None
            )
            follower = follower_of(feed)
            follower.ensure_started()
            await feed.served.wait()
            assert follower.covers(began=0, now=0)
            await follower.aclose()

        run(steps)
        first = caplog.records[0].getMessage()
        assert first.startswith("the session change feed cannot be followed")

    def test_pauses_grow_while_the_feed_fails(self) -> None:
        pauses: list[float] = []

        async def sleep(seconds: float) -> None:
            pauses.append(seconds)
            if len(pauses) == 8:
                raise asyncio.CancelledError

        async def steps() -> None:
            feed = Feed(*[CheckerUnavailableError() for _ in range(6)], None, None)
            follower = follower_of(
                feed, interval=0.5, sleep=sleep, uniform=lambda low, high: (low + high) / 2
            )
            with pytest.raises(asyncio.CancelledError):
                await follower._run(0.5)

        run(steps)
        assert pauses == [1, 2, 4, 5, 5, 5, 0.5, 0.5]

    def test_a_poll_that_is_cancelled_goes_on_from_its_page(self) -> None:
        """Its round still counts from its own beginning, and no change is missed."""

        async def steps() -> None:
            harness = CacheHarness(followed=True, max_lag=2, max_age=0)
            source, feed = AsyncSource(harness.source), AsyncFeed(harness.feed)
            async with checker_of(harness, source, feed=feed) as checker:
                await checker.poll()
                context_id = harness.log_in()
                await checker.check_session(context_id)
                harness.advance(0.5)
                reading = asyncio.Event()

                async def hang(_cursor: str | None, **_: object) -> SessionFeedPage:
                    reading.set()
                    await asyncio.Event().wait()
                    raise AssertionError

                read, feed.read_changes = feed.read_changes, hang  # type: ignore[method-assign]
                poll = asyncio.create_task(checker.poll())
                await reading.wait()
                poll.cancel()
                await asyncio.wait([poll])
                assert poll.cancelled()
                feed.read_changes = read  # type: ignore[method-assign]
                harness.log_out(context_id)
                await checker.poll()
                with pytest.raises(SessionRefusedError):
                    await checker.check_session(context_id)

        run(steps)

    def test_a_poll_waits_for_another_for_longest_wait(self) -> None:
        async def steps() -> None:
            follower = follower_of(Feed(), interval=None, longest_wait=0.01)
            await follower._polling.acquire()
            with pytest.raises(CheckerUnavailableError):
                await follower.poll()

        run(steps)

    def test_a_cursor_that_is_refused_is_forgotten(self) -> None:
        async def steps() -> None:
            follower = follower_of(Feed(None, InvalidInputError([]), None), interval=None)
            await follower.poll()
            with pytest.raises(InvalidInputError):
                await follower.poll()
            assert follower._cursor is None
            await follower.poll()

        run(steps)

    def test_the_answer_of_a_check_during_a_change_is_not_kept(self) -> None:
        async def steps() -> None:
            harness = CacheHarness(followed=True, max_lag=2, max_age=5)
            source, feed = Source(harness), AsyncFeed(harness.feed)
            async with checker_of(harness, source, feed=feed) as checker:
                await checker.poll()
                context_id = harness.log_in()
                check = asyncio.create_task(checker.check_session(context_id))
                await source.asked.acquire()
                harness.log_out(context_id)
                harness.advance(0.1)
                await checker.poll()
                source.may_answer.set()
                assert (await check).customer_id == "ann", "it was live when the source read it"
                with pytest.raises(SessionRefusedError):
                    await checker.check_session(context_id)

        run(steps)


class TestEventLoops:
    """Each event loop has its own cache and its own task."""

    def test_one_after_the_other(self) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()
        checker = checker_of(harness, AsyncSource(harness.source))

        for number in (1, 2, 3):
            asyncio.run(checker.check_session(context_id))
            assert len(harness.source.calls) == number
        assert len(checker._local._values.get().by_loop) == 1, "values of closed loops are dropped"

    def test_in_threads_at_once(self) -> None:
        harness = CacheHarness()
        context_id = harness.log_in()
        checker = checker_of(harness, AsyncSource(harness.source))

        async def check_often() -> set[str]:
            return {(await checker.check_session(context_id)).customer_id for _ in range(100)}

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: asyncio.run(check_often()), range(4)))
        assert found == [{"ann"}] * 4
        assert len(harness.source.calls) == 4

    def test_closing_closes_in_every_loop_that_runs(self) -> None:
        harness, closed = CacheHarness(), []
        context_id = harness.log_in()

        async def close() -> None:
            closed.append(True)

        checker = checker_of(
            harness, AsyncSource(harness.source), feed=Feed(), feed_interval=0.5, close_source=close
        )

        async def steps() -> None:
            other = asyncio.new_event_loop()
            with ThreadPoolExecutor(1) as pool:
                running = pool.submit(other.run_forever)
                try:
                    check = asyncio.run_coroutine_threadsafe(
                        checker.check_session(context_id), other
                    )
                    await asyncio.wrap_future(check)
                    await checker.check_session(context_id)
                    await checker.aclose()
                    assert not asyncio.all_tasks(other)
                    assert asyncio.all_tasks() == {asyncio.current_task()}
                finally:
                    other.call_soon_threadsafe(other.stop)
            running.result(TIMEOUT)
            other.close()

        run(steps)
        assert closed == [True]

    def test_without_a_loop_it_says_so(self) -> None:
        harness = CacheHarness()

        with pytest.raises(RuntimeError, match="no running event loop"):
            checker_of(harness, AsyncSource(harness.source)).cache_info()
