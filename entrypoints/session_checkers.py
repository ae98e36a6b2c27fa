"""Session checkers for other services: over HTTP, or directly on DynamoDB, read-only.

Each has a cache, which follows its ``CachePolicy``. With ``max_age`` and ``refusal_max_age`` of
zero, and no feed, every check asks the service or the table. Make one checker for the process, and
share it among threads. It may be made before a fork: each child has its own connections, thread and
cache.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ..adapters.caching.policy import CachePolicy
from ..adapters.caching.session_checker import CachingSessionChecker
from ..adapters.forking.fork_safe_lock import no_fork
from ..adapters.system.clock import SystemClock, corrected_clock
from ..domain.errors import FieldFault, SettingsError
from ..domain.policy import SessionPolicy

if TYPE_CHECKING:
    from ..adapters.async_http_client.customer_client import AsyncHttpCustomerClient
    from ..adapters.caching.async_session_checker import AsyncCachingSessionChecker
    from ..adapters.http_client.customer_client import HttpCustomerClient

_INTERVAL: Final = 0.5
"""Seconds between two reads of the feed."""
_TIME_LIMIT: Final = 2.0
"""Seconds."""
_CONNECTIONS: Final = 10
_ASYNC_CONNECTIONS: Final = 100
_SESSION_MAX_SECONDS: Final = 30 * 24 * 60 * 60
"""The largest value of the service's setting ``CUSTOMER_SESSION_MAX_SECONDS``. As the default, it
makes the checker refuse no session that the service accepts."""
_MARGIN: Final = 1.0
"""Seconds that a check may exceed its time limit, for example to look up a host name."""

__all__ = [
    "CachePolicy",
    "async_http_session_checker",
    "dynamodb_session_checker",
    "http_session_checker",
]


def http_session_checker(
    url: "str | HttpCustomerClient",
    *,
    policy: CachePolicy | None = None,
    feed_token: str | None = None,
    time_limit: float | None = None,
    connections: int | None = None,
) -> CachingSessionChecker:
    """Make a checker that asks the customer service over HTTP.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``. Or a client of it: its
            connections and its circuit breaker then serve the checks too, and its ``time_limit``
            is theirs. The caller closes the client.
        policy: how long answers are used. By default the checker may miss a logout for 5 seconds.
        feed_token: the service's ``CUSTOMER_SESSION_FEED_TOKEN``, or one of them. With it the
            checker follows the session change feed, and may miss a logout for 2 seconds.
        time_limit: seconds that a check may take, whatever the service does. The default is 2.
        connections: how many connections to keep open, one for each thread that checks. The
            default is 10.

    Raises:
        SettingsError: the URL, the token, a limit or the policy is invalid, or a client has limits
            of its own beside these.
    """
    with no_fork:
        from ..adapters.http_client.customer_client import HttpCustomerClient  # noqa: PLC0415 (ssl is slow)
        from ..adapters.http_client.session_checker import HttpSessionChecker  # noqa: PLC0415
        from ..adapters.http_client.session_feed import HttpSessionFeed  # noqa: PLC0415

    checker: HttpCustomerClient | HttpSessionChecker
    if isinstance(url, HttpCustomerClient):
        _require_no_limits(time_limit=time_limit, connections=connections)
        checker, time_limit = url, url.time_limit
        url = checker.url
    else:
        time_limit = _TIME_LIMIT if time_limit is None else time_limit
        connections = _CONNECTIONS if connections is None else connections
        checker = HttpSessionChecker(url, time_limit=time_limit, connections=connections)
    owned = checker if isinstance(checker, HttpSessionChecker) else None
    feed = None if feed_token is None else HttpSessionFeed(url, feed_token, time_limit=time_limit)

    def close() -> None:
        if owned is not None:
            owned.close()
        if feed is not None:
            feed.close()

    policy = policy or CachePolicy()
    return CachingSessionChecker(
        checker,
        clock=SystemClock(),
        policy=policy,
        feed=feed,
        feed_interval=_feed_interval(policy),
        longest_wait=time_limit + _MARGIN,
        close_source=close,
    )


def async_http_session_checker(
    url: "str | AsyncHttpCustomerClient",
    *,
    policy: CachePolicy | None = None,
    feed_token: str | None = None,
    time_limit: float | None = None,
    connections: int | None = None,
) -> "AsyncCachingSessionChecker":
    """Make a checker for asyncio that asks the customer service over HTTP.

    It may be made before the event loop runs. Each event loop has its own connections, task and
    cache. ``aclose`` closes them.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``, or a client of it, as
            for ``http_session_checker``.
        policy: how long answers are used. By default the checker may miss a logout for 5 seconds.
        feed_token: the service's ``CUSTOMER_SESSION_FEED_TOKEN``, or one of them. With it the
            checker follows the session change feed, and may miss a logout for 2 seconds.
        time_limit: seconds that a check may take, whatever the service does. The default is 2.
        connections: how many connections an event loop may have open. Further checks wait for one,
            within their time limit. The default is 100.

    Raises:
        SettingsError: the URL, the token, a limit or the policy is invalid, or a client has limits
            of its own beside these.
    """
    with no_fork:
        from ..adapters.async_http_client.customer_client import (  # noqa: PLC0415 (asyncio)
            AsyncHttpCustomerClient,
        )
        from ..adapters.async_http_client.session_checker import (  # noqa: PLC0415
            AsyncHttpSessionChecker,
        )
        from ..adapters.async_http_client.session_feed import (  # noqa: PLC0415
            AsyncHttpSessionFeed,
        )
        from ..adapters.caching.async_session_checker import (  # noqa: PLC0415
            AsyncCachingSessionChecker,
        )

    checker: AsyncHttpCustomerClient | AsyncHttpSessionChecker
    if isinstance(url, AsyncHttpCustomerClient):
        _require_no_limits(time_limit=time_limit, connections=connections)
        checker, time_limit = url, url.time_limit
        url = checker.url
    else:
        time_limit = _TIME_LIMIT if time_limit is None else time_limit
        connections = _ASYNC_CONNECTIONS if connections is None else connections
        checker = AsyncHttpSessionChecker(url, time_limit=time_limit, connections=connections)
    owned = checker if isinstance(checker, AsyncHttpSessionChecker) else None
    feed = (
        None if feed_token is None else AsyncHttpSessionFeed(url, feed_token, time_limit=time_limit)
    )

    async def close() -> None:
        if owned is not None:
            await owned.aclose()
        if feed is not None:
            await feed.aclose()

    policy = policy or CachePolicy()
    return AsyncCachingSessionChecker(
        checker,
        clock=SystemClock(),
        policy=policy,
        feed=feed,
        feed_interval=_feed_interval(policy),
        longest_wait=time_limit + _MARGIN,
        close_source=close,
    )


def dynamodb_session_checker(
    endpoint: str | None = None,
    *,
    table_prefix: str = "",
    policy: CachePolicy | None = None,
    follow_feed: bool = False,
    feed_shards: int = 1,
    time_limit: float = 3.0,
    connections: int = 10,
    session_max_seconds: int = _SESSION_MAX_SECONDS,
) -> CachingSessionChecker:
    """Make a checker that reads the service's table. It needs only ``SessionCheckerPolicy``.

    It needs the extra ``dynamodb``. It writes nothing, so its checks do not extend a session in use
    (see deploy/README.md). Region and credentials come from the usual AWS variables.

    Args:
        endpoint: another endpoint than AWS's, such as ``http://127.0.0.1:8000``.
        table_prefix: the service's ``CUSTOMER_TABLE_PREFIX``.
        policy: how long answers are used. By default the checker may miss a logout for 5 seconds.
        follow_feed: whether to follow the session change feed, and so miss a logout for 2 seconds
            at most. The feed must be on in each process that writes (``CUSTOMER_SESSION_FEED``).
        feed_shards: the service's ``CUSTOMER_SESSION_FEED_SHARDS``.
        time_limit: seconds that a check may take. Behind a proxy, a reply that arrives byte by byte
            can take longer.
        connections: how many connections to keep open, one for each thread that checks.
        session_max_seconds: the service's ``CUSTOMER_SESSION_MAX_SECONDS``. An older session is
            expired. By default only the expiry counts that the service stored.

    Raises:
        ImportError: the extra is not installed.
        SettingsError: the time limit, the number of shards or the policy is invalid, or an AWS
            variable is missing or wrong; the error names it.
    """
    with no_fork:
        from ..adapters.direct.session_checker import DirectSessionChecker  # noqa: PLC0415
        from ..adapters.dynamodb.call_limits import CallLimits  # noqa: PLC0415 (boto3 is slow)
        from ..adapters.dynamodb.feed_shards import MAX_SHARDS, FeedShards  # noqa: PLC0415
        from ..adapters.dynamodb.storage import dynamodb_storage  # noqa: PLC0415
        from .services import compose_session_readers  # noqa: PLC0415 (every use case is slow)

    if not 1 <= feed_shards <= MAX_SHARDS:
        detail = f"must be a whole number from 1 to {MAX_SHARDS}"
        raise SettingsError([FieldFault("feed_shards", detail)])
    storage = dynamodb_storage(
        endpoint,
        table_prefix,
        limits=CallLimits.of_one_attempt(time_limit),
        connections=connections,
        session_feed=follow_feed,
        feed_shards=FeedShards(feed_shards),
    )
    clock = corrected_clock(SystemClock(), storage.time)
    session_policy = SessionPolicy(
        extends=False, max_lifetime=timedelta(seconds=session_max_seconds)
    )
    readers = compose_session_readers(storage, clock=clock, policy=session_policy)
    policy = policy or CachePolicy()
    return CachingSessionChecker(
        DirectSessionChecker(readers.session_check),
        clock=clock,
        policy=policy,
        feed=readers.session_feed if follow_feed else None,
        feed_interval=_feed_interval(policy),
        longest_wait=time_limit + _MARGIN,
        close_source=storage.close,
    )


def _require_no_limits(**limits: float | None) -> None:
    """Raise SettingsError for each limit that is given beside a client, which has its own."""
    faults = [
        FieldFault(name, "is the client's own") for name in limits if limits[name] is not None
    ]
    if faults:
        raise SettingsError(faults)


def _feed_interval(policy: CachePolicy) -> float:
    """Seconds between two reads of the feed: at least four reads in ``max_lag``."""
    return min(_INTERVAL, policy.max_lag / 4) or _INTERVAL
