"""The session change feed on DynamoDB."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import merge
from itertools import islice
from operator import attrgetter
from typing import Any, Final, TypeVar

from ...domain.errors import StoreFaultError
from ...domain.session_feed import SessionChange
from ...ports.session_change_log import SessionChangeLog
from .attributes import text
from .database import Database
from .outage_log import OutageLog
from .session_change_item import session_change_from_item

T = TypeVar("T")

MAX_PARALLEL: Final = 4
"""How many shards one read asks at a time."""


class DynamoDBSessionChangeLog(SessionChangeLog):
    """Reads the feed, which the repositories write. Refuses to read while the feed is off."""

    max_recount = 5_000
    """170 read units for entries of about 140 bytes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._log = OutageLog()

    def read(self, *, after: str, limit: int) -> tuple[SessionChange, ...]:
        partitions = self._partitions()
        # Entries are spread evenly, so each shard has about this many of them.
        size = -(-limit // len(partitions))
        pages = _on_each(partitions, lambda partition: self._read_page(partition, after, size))
        shards = [
            self._read_on(partition, page, size)
            for partition, page in zip(partitions, pages, strict=True)
        ]
        return tuple(islice(merge(*shards, key=attrgetter("position")), limit))

    def count(self, *, first: str, last: str) -> int:
        partitions = self._partitions()
        if first > last:
            return 0  # DynamoDB refuses such a query.
        condition = "#at BETWEEN :first AND :last"

        def count_shard(partition: str) -> int:
            return self._database.count(self._query(partition, condition, first=first, last=last))

        return sum(_on_each(partitions, count_shard))

    def _read_page(self, partition: str, after: str, size: int) -> list[SessionChange]:
        query = self._query(partition, "#at > :after", after=after)
        return [*map(session_change_from_item, self._database.query(query, size))]

    def _read_on(
        self, partition: str, page: list[SessionChange], size: int
    ) -> Iterator[SessionChange]:
        """The entries of one shard from ``page`` on, of which each query reads ``size``."""
        yield from page
        while len(page) == size:
            page = self._read_page(partition, page[-1].position, size)
            yield from page

    def _query(self, partition: str, condition: str, **values: str) -> Mapping[str, Any]:
        given = {"partition": partition, **values}
        return {
            "TableName": self._database.logger_table,
            "KeyConditionExpression": f"#partition = :partition AND {condition}",
            "ExpressionAttributeNames": {"#partition": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {f":{name}": text(value) for name, value in given.items()},
        }

    def _partitions(self) -> list[str]:
        """The partitions to read.

        Raises:
            StoreFaultError: the feed is off. An empty answer would say that no session has ended.
        """
        if self._database.session_feed:
            return self._database.feed_shards.partitions
        fault = "the session change feed is off: set CUSTOMER_SESSION_FEED=true"
        message = f"{fault} in every process that changes customers, and in this one"
        self._log.log_failure(logging.ERROR, fault, message)
        raise StoreFaultError(fault)


def _on_each(partitions: Sequence[str], ask: Callable[[str], T]) -> list[T]:
    """What ``ask`` returns for each shard. Several shards are asked at a time."""
    if len(partitions) == 1:
        return [ask(partitions[0])]
    with ThreadPoolExecutor(min(MAX_PARALLEL, len(partitions))) as pool:
        return [*pool.map(ask, partitions)]
