"""DynamoDB, as a store that the settings can choose."""

from datetime import timedelta
from typing import Protocol

from ...ports.storage import Storage
from ...ports.store import Store
from ...ports.store_observer import StoreObserver
from .administration import DynamoDBAdministration


class DynamoDBSettings(Protocol):
    """The settings that this store reads; ``Settings`` says what each one means."""

    @property
    def dynamodb_endpoint(self) -> str | None: ...
    @property
    def table_prefix(self) -> str: ...
    @property
    def dynamodb_client(self) -> str: ...
    @property
    def dynamodb_connect_timeout_seconds(self) -> int: ...
    @property
    def dynamodb_read_timeout_seconds(self) -> int: ...
    @property
    def dynamodb_attempts(self) -> int: ...
    @property
    def dynamodb_time_limit_seconds(self) -> int: ...
    @property
    def threads(self) -> int: ...
    @property
    def session_feed(self) -> bool: ...
    @property
    def session_feed_shards(self) -> int: ...
    @property
    def session_feed_write_shards(self) -> int: ...
    @property
    def audit_retention(self) -> timedelta: ...


class DynamoDBStore(Store):
    """The two tables in DynamoDB. boto3 is slow to import, so each method imports what it needs."""

    def __init__(self, settings: DynamoDBSettings) -> None:
        self._settings = settings

    def check_settings(self) -> None:
        from .aws_session import check_aws_settings  # noqa: PLC0415

        check_aws_settings(self._settings.dynamodb_endpoint)

    def make_storage(self, observer: StoreObserver | None = None) -> Storage:
        from .call_limits import CallLimits  # noqa: PLC0415
        from .feed_shards import FeedShards  # noqa: PLC0415
        from .storage import dynamodb_storage  # noqa: PLC0415

        settings = self._settings
        limits = CallLimits(
            connect_timeout=settings.dynamodb_connect_timeout_seconds,
            read_timeout=settings.dynamodb_read_timeout_seconds,
            attempts=settings.dynamodb_attempts,
            time_limit=settings.dynamodb_time_limit_seconds,
        )
        return dynamodb_storage(
            settings.dynamodb_endpoint,
            settings.table_prefix,
            limits=limits,
            connections=settings.threads,
            session_feed=settings.session_feed,
            feed_shards=FeedShards(
                settings.session_feed_shards, settings.session_feed_write_shards
            ),
            audit_retention=settings.audit_retention,
            observer=observer,
            direct=settings.dynamodb_client == "direct",
        )

    def administration(self) -> DynamoDBAdministration:
        settings = self._settings
        return DynamoDBAdministration(settings.dynamodb_endpoint, settings.table_prefix)
