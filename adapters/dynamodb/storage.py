"""The storage on DynamoDB: all of its ports together."""

from collections.abc import Callable
from datetime import timedelta

from ...domain.audit import DEFAULT_RETENTION
from ...ports.storage import Storage, nothing_to_close
from ...ports.store_observer import StoreObserver
from .audit_log import DynamoDBAuditLog
from .call_limits import CallLimits
from .client import make_client
from .customer_repository import DynamoDBCustomerRepository
from .database import Database
from .feed_shards import ONE_SHARD, FeedShards
from .gateway import DynamoDBGateway
from .login_throttle import DynamoDBLoginThrottle
from .schema import SCHEMA
from .session_change_log import MAX_PARALLEL, DynamoDBSessionChangeLog
from .session_repository import DynamoDBSessionRepository
from .store_probe import DynamoDBStoreProbe
from .store_time import DynamoDBStoreTime


def dynamodb_storage(
    endpoint: str | None,
    table_prefix: str,
    *,
    limits: CallLimits | None = None,
    connections: int = 10,
    strong_session_checks: bool = True,
    session_feed: bool = False,
    feed_shards: FeedShards = ONE_SHARD,
    audit_retention: timedelta = DEFAULT_RETENTION,
    observer: StoreObserver | None = None,
    direct: bool = True,
) -> Storage:
    """Make the storage at ``endpoint``. Sends nothing yet.

    Args:
        endpoint: a URL, such as ``http://127.0.0.1:8000``; None for AWS's own.
        table_prefix: the prefix of the table names ``customer`` and ``logger``.
        limits: how long a call may take; by default those of ``CallLimits``.
        connections: how many connections to keep open, one for each thread.
        strong_session_checks: see ``DynamoDBSessionRepository``.
        session_feed: whether changes are published; see ``Database``.
        feed_shards: the partitions of the feed.
        audit_retention: how long audit records are kept.
        observer: told of each request.
        direct: whether the direct client sends the requests; botocore's does otherwise.

    Raises:
        SettingsError: names the AWS variable that is missing or wrong.
    """
    limits = limits or CallLimits()
    if feed_shards.read > 1:
        connections += MAX_PARALLEL
    client = make_client(endpoint, limits=limits, connections=connections, direct=direct)
    database = Database(
        DynamoDBGateway(client, limits, observer=observer),
        table_prefix,
        session_feed=session_feed,
        feed_shards=feed_shards,
        audit_retention=audit_retention,
    )
    return storage_on(database, strong_session_checks=strong_session_checks, close=client.close)


def storage_on(
    database: Database,
    *,
    strong_session_checks: bool = True,
    close: Callable[[], object] = nothing_to_close,
) -> Storage:
    """Make the storage on ``database``; ``close`` closes its connections."""
    return Storage(
        customers=DynamoDBCustomerRepository(database),
        sessions=DynamoDBSessionRepository(database, strong=strong_session_checks),
        audit_log=DynamoDBAuditLog(database),
        session_changes=DynamoDBSessionChangeLog(database),
        login_throttle=DynamoDBLoginThrottle(database),
        probe=DynamoDBStoreProbe(database),
        close=close,
        time=DynamoDBStoreTime(database),
        schema=SCHEMA,
    )
