"""A session checker with a cache."""

from collections.abc import Callable
from typing import Self

from ...domain.session import ContextId, Session
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from ...ports.session_feed import SessionFeed
from ..forking.process_local import ProcessLocal
from ..runtime import monotonic
from .cache_rules import CacheInfo
from .feed_follower import FeedFollower
from .policy import CachePolicy
from .session_cache import SessionCache

__all__ = ["CacheInfo", "CachingSessionChecker"]


class CachingSessionChecker(SessionChecker):
    """Keeps the answers of ``source`` for the time that ``policy`` allows.

    With a feed, it starts one thread. A forked child begins with an empty cache and starts a
    thread of its own. ``source`` and ``feed`` must work after a fork too, as all of this library
    do.

    Args:
        source: the checker that answers what the cache cannot.
        policy: how long answers are used, and so how long the cache may miss a logout.
        feed: the session change feed, or None. With a feed, the source must see each change at
            once. An eventually consistent source could return an old answer after the feed made
            the cache drop it.
        feed_interval: seconds between two reads of the feed. With None the caller must call
            ``poll``.
        clock: the time by which sessions expire.
        monotonic: the time by which answers age, in seconds.
        longest_wait: seconds that a check waits for a pending check of the same session, and that
            ``poll`` waits for another poll. Give a little more than the source may take. After
            that the source counts as out of reach.
        close_source: ``close`` calls this, to close the connections of the source and the feed.

    Raises:
        SettingsError: the policy's ``max_lag`` is too short for ``feed_interval``.
    """

    def __init__(
        self,
        source: SessionChecker,
        *,
        clock: Clock,
        policy: CachePolicy | None = None,
        feed: SessionFeed | None = None,
        feed_interval: float | None = 0.5,
        monotonic: Callable[[], float] = monotonic,
        longest_wait: float = 10.0,
        close_source: Callable[[], object] = lambda: None,
    ) -> None:
        policy = policy or CachePolicy()
        if feed is not None:
            policy.require_interval(feed_interval)

        def make_follower(feed: SessionFeed) -> FeedFollower:
            follower = FeedFollower(
                feed,
                max_lag=policy.max_lag,
                max_use=policy.max_use,
                interval=feed_interval,
                monotonic=monotonic,
                longest_wait=longest_wait,
            )
            if self._closed:
                follower.stop()
            return follower

        self._closed = False
        self._close_source = close_source
        self._cache = ProcessLocal(
            lambda: SessionCache(
                source,
                policy=policy,
                follower=None if feed is None else make_follower(feed),
                clock=clock,
                monotonic=monotonic,
                longest_wait=longest_wait,
            )
        )

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        cache = self._cache.get()
        answer = cache.get_fresh(context_id, customer_id)
        if answer is None:
            claimed = ContextId.parse_pair(context_id, customer_id)
            answer = cache.join_or_ask(claimed, claimed.session_id)
        return answer.require_session(role)

    def cached(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session | None:
        """The answer of ``check_session`` from the cache, or None if that must ask the source.

        It never waits, so an event loop may call it.

        Raises:
            SessionRefusedError: as ``check_session`` does.
            ForbiddenError: as ``check_session`` does.
        """
        answer = self._cache.get().get_fresh(context_id, customer_id)
        if answer is None:
            ContextId.parse_pair(context_id, customer_id)
            return None
        return answer.require_session(role)

    def poll(self) -> None:
        """Read the feed once. Without a feed this does nothing.

        Raises:
            CustomerServiceError: the feed cannot be read now.
        """
        follower = self._cache.get().follower
        if follower is not None:
            follower.poll()

    def cache_info(self) -> CacheInfo:
        """The counts of the cache. With many threads they are close, not exact."""
        return self._cache.get().info()

    def cache_infos(self) -> tuple[CacheInfo, ...]:
        """The counts of every cache of this process: one, or none before the first check."""
        cache = self._cache.peek()
        return () if cache is None else (cache.info(),)

    def close(self) -> None:
        """Stop following the feed, and close the connections of this process.

        Make no check after this. It waits up to ``longest_wait`` for a read of the feed to end.
        """
        self._closed = True
        cache = self._cache.peek()
        if cache is not None and cache.follower is not None:
            cache.follower.stop()
        self._close_source()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
