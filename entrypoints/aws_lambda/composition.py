"""Composes the Lambda authorizer. It loads botocore, and no other package but urllib3."""

from datetime import timedelta
from typing import Final

from ...adapters.caching.policy import CachePolicy
from ...adapters.caching.session_checker import CachingSessionChecker
from ...adapters.direct.session_checker import DirectSessionChecker
from ...adapters.dynamodb.call_limits import CallLimits
from ...adapters.dynamodb.feed_shards import FeedShards
from ...adapters.dynamodb.storage import dynamodb_storage
from ...adapters.system.clock import SystemClock, corrected_clock
from ...adapters.system.elapsed_time import ElapsedTime
from ...domain.policy import SessionPolicy
from ..services import compose_session_readers
from .authorizer import LambdaAuthorizer
from .settings import AuthorizerSettings

CALL_LIMITS: Final = CallLimits(connect_timeout=0.5, read_timeout=1, attempts=4, time_limit=4)
"""Two attempts without any reply fit in. A connection that was kept open may have died while the
process was frozen. Then the first attempt fails, and the second one opens another connection. The
read of the feed and the check together stay below the 10 seconds that an HTTP API waits (Amazon API
Gateway Developer Guide, "Quotas for configuring and running an HTTP API")."""
_LONGEST_WAIT: Final = 5.0


def make_authorizer(
    settings: AuthorizerSettings, *, elapsed: ElapsedTime | None = None
) -> LambdaAuthorizer:
    """Make the authorizer. Sends nothing yet.

    Raises:
        SettingsError: an AWS variable is missing or wrong; the error names it.
    """
    elapsed = elapsed or ElapsedTime()
    follow_feed = settings.authorizer_follow_feed
    storage = dynamodb_storage(
        settings.dynamodb_endpoint,
        settings.table_prefix,
        limits=CALL_LIMITS,
        # Lambda gives one request at a time to an execution environment.
        connections=1,
        session_feed=follow_feed,
        feed_shards=FeedShards(settings.session_feed_shards),
    )
    clock = corrected_clock(SystemClock(), storage.time)
    session_policy = SessionPolicy(
        extends=False, max_lifetime=timedelta(seconds=settings.session_max_seconds)
    )
    readers = compose_session_readers(storage, clock=clock, policy=session_policy)
    max_age = settings.authorizer_max_age_seconds
    checker = CachingSessionChecker(
        DirectSessionChecker(readers.session_check),
        clock=clock,
        policy=CachePolicy(max_age=max_age, refusal_max_age=max_age),
        feed=readers.session_feed if follow_feed else None,
        feed_interval=None,
        monotonic=elapsed.seconds,
        longest_wait=_LONGEST_WAIT,
        close_source=storage.close,
    )
    return LambdaAuthorizer(
        checker, role=settings.authorizer_role, elapsed=elapsed, follow_feed=follow_feed
    )
