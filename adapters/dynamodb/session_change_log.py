"""The session change feed on DynamoDB."""

import logging
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter

from ...domain.errors import StoreFaultError
from ...domain.session_feed import SessionChange
from ...ports.session_change_log import SessionChangeLog
from .attributes import text
from .database import Database
from .outage_log import OutageLog
from .session_change_item import session_change_from_item


class DynamoDBSessionChangeLog(SessionChangeLog):
    """Reads the feed, which the repositories write. Refuses to read while the feed is off."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = OutageLog()

    def read(self, *, after: str, limit: int) -> tuple[SessionChange, ...]:
        self._require_feed()
        partitions = self._database.feed_shards.partitions
        # Entries are spread evenly, so each shard has about this many of them.
        size = -(-limit // len(partitions))
        shards = [self._read_shard(partition, after, size) for partition in partitions]
        return tuple(islice(merge(*shards, key=attrgetter("position")), limit))

    def _read_shard(self, partition: str, after: str, size: int) -> Iterator[SessionChange]:
        """The entries of one shard, of which each query reads ``size``."""
        while True:
            query = {
                "TableName": self._database.logger_table,
                "KeyConditionExpression": "#partition = :partition AND #at > :after",
                "ExpressionAttributeNames": {"#partition": "customer_id", "#at": "at"},
                "ExpressionAttributeValues": {":partition": text(partition), ":after": text(after)},
            }
            found = [*map(session_change_from_item, self._database.query(query, size))]
            yield from found
            if len(found) < size:
                return
            after = found[-1].position

    def _require_feed(self) -> None:
        if self._database.session_feed:
            return
        # An empty answer would say that no session has ended.
        fault = "the session change feed is off: set CUSTOMER_SESSION_FEED=true"
        message = f"{fault} in every process that changes customers, and in this one"
        self._log.log_failure(logging.ERROR, fault, message)
        raise StoreFaultError(fault)
