"""The cached answers and the pending checks of one event loop."""

import asyncio
from collections.abc import Callable

from ...domain.errors import CheckerUnavailableError, RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ...ports.async_session_checker import AsyncSessionChecker
from ...ports.clock import Clock
from .async_feed_follower import AsyncFeedFollower
from .cache_rules import CacheRules
from .cached_answer import CachedAnswer
from .policy import CachePolicy


class _PendingCheck:
    """A check that asked the source and has no answer yet."""

    def __init__(self, began: float) -> None:
        self.began = began
        """When the check began, in monotonic seconds."""
        self.answer: CachedAnswer | None = None
        self.error: Exception | None = None
        self.finished = asyncio.Event()


class AsyncSessionCache(CacheRules[AsyncFeedFollower]):
    """The cache of one event loop. AsyncCachingSessionChecker describes the arguments."""

    def __init__(
        self,
        source: AsyncSessionChecker,
        *,
        policy: CachePolicy,
        follower: AsyncFeedFollower | None,
        clock: Clock,
        monotonic: Callable[[], float],
        longest_wait: float,
    ) -> None:
        super().__init__(
            policy=policy,
            follower=follower,
            clock=clock,
            monotonic=monotonic,
            longest_wait=longest_wait,
        )
        self._source = source
        # For each ``session_id``, only the latest can be joined.
        self._pending: dict[str, _PendingCheck] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def join_or_ask(self, claimed: ContextId, session_id: str) -> CachedAnswer:
        """The answer of the source. A pending check of the same session is joined.

        The check has a task of its own. So it goes on for the others, and for the cache, if one
        that waits for it is cancelled.

        Raises:
            CheckerUnavailableError: the source cannot be reached, and the policy allows no cached
                answer.
        """
        self._misses += 1
        now = self._monotonic()
        pending = self._pending.get(session_id)
        new = pending is None or not self._may_join(claimed, pending.began, now)
        if pending is None or new:
            pending = self._pending[session_id] = _PendingCheck(now)
            task = asyncio.create_task(self._ask_source(pending, claimed, session_id))
            # The event loop itself keeps only a weak reference.
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            async with asyncio.timeout(self._longest_wait):
                await pending.finished.wait()
        except TimeoutError:
            # The source keeps no time limit. To the caller it is out of reach.
            pass
        if pending.answer is not None:
            return pending.answer
        error = pending.error or CheckerUnavailableError()
        if new and not isinstance(error, CheckerUnavailableError):
            # A bug in the source: it is raised once, and the others have it as a cause.
            raise error
        answer = self._get_stale(claimed)
        if answer is None:
            # Each waiting task raises an error of its own, since a traceback belongs to one.
            seconds = error.retry_after if isinstance(error, CheckerUnavailableError) else 1
            raise CheckerUnavailableError(seconds) from error
        return answer

    async def aclose(self) -> None:
        """Stop following the feed, and cancel the pending checks."""
        if self.follower is not None:
            await self.follower.aclose()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _ask_source(
        self, pending: _PendingCheck, claimed: ContextId, session_id: str
    ) -> None:
        verdict: Session | RefusalReason
        try:
            try:
                verdict = await self._source.check_session(claimed.secret)
            except SessionRefusedError as error:
                verdict = error.reason
            pending.answer = self._store(claimed, session_id, pending.began, verdict)
        except Exception as error:  # noqa: BLE001 (those who wait raise it)
            pending.error = error
        finally:
            # Also if this task is cancelled. A later check may have replaced this one.
            if self._pending.get(session_id) is pending:
                del self._pending[session_id]
            pending.finished.set()
