"""Follows the session change feed in a task, so that the cache may use answers for longer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

from ...domain.errors import CheckerUnavailableError, InvalidInputError
from ...ports.async_session_feed import AsyncSessionFeed
from ..runtime import uniform
from .followed_changes import MAX_PAGES, FollowedChanges


class AsyncFeedFollower(FollowedChanges):
    """Reads ``feed`` in a task of its own. Each event loop has its own follower.

    FollowedChanges describes the other arguments.
    """

    def __init__(
        self,
        feed: AsyncSessionFeed,
        *,
        max_lag: float,
        max_use: float,
        interval: float | None,
        monotonic: Callable[[], float],
        longest_wait: float = 10.0,
        uniform: Callable[[float, float], float] = uniform,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        super().__init__(
            max_lag=max_lag,
            max_use=max_use,
            interval=interval,
            monotonic=monotonic,
            longest_wait=longest_wait,
            uniform=uniform,
        )
        self._feed = feed
        self._sleep = sleep
        self._polling = asyncio.Lock()
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    async def poll(self, max_read_age: float = 0.0) -> None:
        """Read the feed once, up to its end.

        Args:
            max_read_age: see ``SessionFeed.read_changes``.

        Raises:
            CustomerServiceError: the feed cannot be read now, or another poll takes longer than
                ``longest_wait``.
        """
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._polling.acquire()
        except TimeoutError as error:
            raise CheckerUnavailableError from error
        try:
            await self._poll(max_read_age)
        finally:
            self._polling.release()

    async def _poll(self, max_read_age: float) -> None:
        began = self._begin_poll()
        try:
            for _ in range(MAX_PAGES):
                if self._stopped:
                    return
                page = await self._feed.read_changes(self._cursor, max_read_age=max_read_age)
                if self._take_page(page, began):
                    return
        except InvalidInputError:
            self._begin_anew()
            raise

    def ensure_started(self) -> None:
        """Start the task that polls, unless it runs already. An event loop must run."""
        if self._interval is None or self._stopped:
            return
        if self._task is None or self._task.done():
            # In an empty context, so that the task does not keep that of the first request.
            self._task = asyncio.get_running_loop().create_task(
                self._run(self._interval), name="feed", context=Context()
            )

    async def aclose(self) -> None:
        """Stop polling. A current read of the feed is cancelled."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, interval: float) -> None:
        failure: Exception | None
        while not self._stopped:
            try:
                # As old as the time between two polls: others may have read the store.
                await self.poll(interval)
            except Exception as error:  # noqa: BLE001 (the task must survive every error)
                failure = error
            else:
                failure = None
            await self._sleep(self._pause_after(failure, interval))
