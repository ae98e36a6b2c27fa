"""The cache for asyncio, in front of blocking doubles and behind a blocking face."""

from typing import Any

from support.coroutines.blocking import in_this_thread

from cybershop_customer import Session, SessionFeedPage
from cybershop_customer.adapters.caching.async_session_checker import AsyncCachingSessionChecker
from cybershop_customer.ports.async_session_checker import AsyncSessionChecker
from cybershop_customer.ports.async_session_feed import AsyncSessionFeed


class AsyncSource(AsyncSessionChecker):
    """A blocking checker as one for asyncio. It is for doubles, which do not block."""

    def __init__(self, source: Any) -> None:
        self._source = source

    async def check_session(self, context_id: str | None, **asked: Any) -> Session:
        session: Session = self._source.check_session(context_id, **asked)
        return session


class AsyncFeed(AsyncSessionFeed):
    """A blocking feed as one for asyncio."""

    def __init__(self, feed: Any) -> None:
        self._feed = feed

    async def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        page: SessionFeedPage = self._feed.read_changes(cursor, max_read_age=max_read_age)
        return page


def async_caching(source: Any, *, feed: Any = None, **arguments: Any) -> Any:
    """As CachingSessionChecker, but with the cache for asyncio."""
    async_feed = None if feed is None else AsyncFeed(feed)
    return in_this_thread(
        AsyncCachingSessionChecker(AsyncSource(source), feed=async_feed, **arguments)
    )
