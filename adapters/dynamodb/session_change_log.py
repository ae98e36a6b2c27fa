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
from ..runtime import monotonic as system_monotonic
from .attributes import text
from .database import Database
from .feed_shards import MAX_SHARDS, partition_key
from .outage_log import OutageLog
from .session_change_item import session_change_from_item

T = TypeVar("T")

MAX_PARALLEL: Final = 4
"""How many shards one read queries at a time."""

LOOK_SECONDS: Final = 30.0
"""Seconds between two checks of whether others write a shard that is not read here."""


class DynamoDBSessionChangeLog(SessionChangeLog):
    """Reads the feed, which the repositories write. Refuses to read while the feed is off."""

    max_recount = 5_000
    """Entries of about 140 bytes. To count so many costs 170 read units."""

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = system_monotonic
    ) -> None:
        self._database = database
        self.parts = database.feed_shards.read
        self._log = OutageLog()
        self._monotonic = monotonic
        self._looked_at = monotonic()

    def read(self, *, after: str, limit: int, part: int | None = None) -> tuple[SessionChange, ...]:
        shards = self._shards() if part is None else [part]
        if part is None:
            self._require_every_entry_read(after)
        # Entries are spread evenly, so each shard has about this many of the first ``limit``.
        size = -(-limit // len(shards))
        pages = _on_each(shards, lambda shard: self._read_page(shard, after, size))
        found = [
            self._read_on(shard, page, size) for shard, page in zip(shards, pages, strict=True)
        ]
        return tuple(islice(merge(*found, key=attrgetter("position")), limit))

    def count(self, *, first: str, last: str) -> Sequence[int]:
        shards = self._shards()
        if first > last:
            return [0] * len(shards)  # DynamoDB refuses such a query.
        condition = "#at BETWEEN :first AND :last"
        return _on_each(
            shards,
            lambda shard: self._database.count(
                self._query(shard, condition, first=first, last=last)
            ),
        )

    def _read_page(self, shard: int, after: str, size: int) -> list[SessionChange]:
        items = self._database.query(self._query(shard, "#at > :after", after=after), size)
        return [session_change_from_item(item, shard) for item in items]

    def _read_on(self, shard: int, page: list[SessionChange], size: int) -> Iterator[SessionChange]:
        """The entries of one shard from ``page`` on, of which each query reads ``size``."""
        yield from page
        while len(page) == size:
            page = self._read_page(shard, page[-1].position, size)
            yield from page

    def _query(self, shard: int, condition: str, **values: str) -> Mapping[str, Any]:
        given = {"partition": partition_key(shard), **values}
        return {
            "TableName": self._database.logger_table,
            "KeyConditionExpression": f"#partition = :partition AND {condition}",
            "ExpressionAttributeNames": {"#partition": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {f":{name}": text(value) for name, value in given.items()},
        }

    def _shards(self) -> Sequence[int]:
        """The shards to read.

        Raises:
            StoreFaultError: the feed is off. An empty answer would say that no session has ended.
        """
        if self._database.session_feed:
            return range(self.parts)
        fault = "the session change feed is off: set CUSTOMER_SESSION_FEED=true"
        self._log.log_failure(
            logging.ERROR,
            fault,
            "the session change feed is off: set CUSTOMER_SESSION_FEED=true in every process that"
            " changes customers, and in this one",
        )
        raise StoreFaultError(fault)

    def _require_every_entry_read(self, after: str) -> None:
        """Every ``LOOK_SECONDS``, look into the first shard that is not read here.

        Raises:
            StoreFaultError: another process writes there. Without its entries, sessions would seem
                not to have ended.
        """
        now = self._monotonic()
        if self.parts == MAX_SHARDS or now - self._looked_at < LOOK_SECONDS:
            return
        if self._read_page(self.parts, after, 1):
            fault = "not every shard of the session change feed is read"
            self._log.log_failure(
                logging.ERROR,
                fault,
                "a process writes more shards of the session change feed than this one reads (%d):"
                " set CUSTOMER_SESSION_FEED_SHARDS as there",
                self.parts,
            )
            raise StoreFaultError(fault)
        self._looked_at = now


def _on_each(shards: Sequence[int], ask: Callable[[int], T]) -> list[T]:
    """What ``ask`` returns for each shard. Several shards are asked at a time."""
    if len(shards) == 1:
        return [ask(shards[0])]
    with ThreadPoolExecutor(min(MAX_PARALLEL, len(shards))) as pool:
        return [*pool.map(ask, shards)]
