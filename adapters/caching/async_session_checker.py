"""A session checker with a cache, for asyncio."""

from collections.abc import Awaitable, Callable

from ...domain.session import ContextId, Session
from ...ports.async_session_checker import AsyncSessionChecker
from ...ports.async_session_feed import AsyncSessionFeed
from ...ports.clock import Clock
from ..event_loop.loop_owner import LoopOwner
from ..runtime import monotonic
from .async_feed_follower import AsyncFeedFollower
from .async_session_cache import AsyncSessionCache
from .cache_rules import CacheInfo
from .policy import CachePolicy


async def _do_nothing() -> None:
    pass


class AsyncCachingSessionChecker(LoopOwner[AsyncSessionCache], AsyncSessionChecker):
    """Keeps the answers of ``source`` for the time that ``policy`` allows, without threads.

    It follows the same policy as ``CachingSessionChecker``, with the same bounds on what it may
    miss. It may be made before the event loop runs. Each event loop has its own cache. With a feed,
    its first check there starts a task. A forked child begins with an empty cache and starts a
    task of its own.

    Checks of one session share one call of the source. If one of them is cancelled, the call goes
    on for the others.

    Args:
        source: the checker that answers what the cache cannot.
        policy: how long answers are used, and so how long the cache may miss a logout.
        feed: the session change feed, or None. With a feed, the source must see each change at
            once.
        feed_interval: seconds between two reads of the feed. With None the caller must call
            ``poll``.
        clock: the time by which sessions expire.
        monotonic: the time by which answers age, in seconds.
        longest_wait: seconds that a check waits for the source, and that ``poll`` waits for another
            poll. Give a little more than the source may take. After that the source counts as out
            of reach.
        close_source: ``aclose`` calls this, to close the connections of the source and the feed.

    Raises:
        SettingsError: the policy's ``max_lag`` is too short for ``feed_interval``.
    """

    def __init__(
        self,
        source: AsyncSessionChecker,
        *,
        clock: Clock,
        policy: CachePolicy | None = None,
        feed: AsyncSessionFeed | None = None,
        feed_interval: float | None = 0.5,
        monotonic: Callable[[], float] = monotonic,
        longest_wait: float = 10.0,
        close_source: Callable[[], Awaitable[object]] = _do_nothing,
    ) -> None:
        policy = policy or CachePolicy()
        if feed is not None:
            policy.require_interval(feed_interval)
        self._closed = False
        self._close_source = close_source

        def make_follower(feed: AsyncSessionFeed) -> AsyncFeedFollower:
            return AsyncFeedFollower(
                feed,
                max_lag=policy.max_lag,
                max_use=policy.max_use,
                # A checker that was closed starts no task.
                interval=None if self._closed else feed_interval,
                monotonic=monotonic,
                longest_wait=longest_wait,
            )

        super().__init__(
            lambda: AsyncSessionCache(
                source,
                policy=policy,
                follower=None if feed is None else make_follower(feed),
                clock=clock,
                monotonic=monotonic,
                longest_wait=longest_wait,
            )
        )

    async def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        cache = self._local.get()
        answer = cache.get_fresh(context_id, customer_id)
        if answer is None:
            claimed = ContextId.parse_pair(context_id, customer_id)
            answer = await cache.join_or_ask(claimed, claimed.session_id)
        return answer.require_session(role)

    async def poll(self) -> None:
        """Read the feed once. Without a feed this does nothing.

        Raises:
            CustomerServiceError: the feed cannot be read now.
        """
        follower = self._local.get().follower
        if follower is not None:
            await follower.poll()

    def cache_info(self) -> CacheInfo:
        """The counts of the running event loop's cache."""
        return self._local.get().info()

    def cache_infos(self) -> tuple[CacheInfo, ...]:
        """The counts of every cache of this process: one for each event loop that has checked.

        It needs no running event loop.
        """
        return tuple(cache.info() for cache in self._local.peek_all())

    async def aclose(self) -> None:
        """Stop following the feed, cancel pending checks, and close the connections.

        Make no check after this.
        """
        self._closed = True
        await super().aclose()
        await self._close_source()
