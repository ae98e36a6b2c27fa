"""The partitions of the session change feed.

DynamoDB serves 1,000 write units a second on one partition key (Amazon DynamoDB Developer Guide,
"Designing partition keys"). An entry is part of a transaction and costs two of them, so one
partition takes 500 entries a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zlib import crc32

from ...domain.errors import FieldFault, SettingsError

MAX_SHARDS: Final = 64
"""The most shards. Each read of the feed asks every shard."""

_FIRST: Final = "#sessions"
"""The partition key of the first shard.

Audit records have a ``customer_id`` in its place. No shard's key is a valid one.
"""


def partition_key(shard: int) -> str:
    """The partition key of the shard with this number, from 0."""
    return f"{_FIRST}-{shard}" if shard else _FIRST


PARTITIONS: Final = frozenset(map(partition_key, range(MAX_SHARDS)))
"""The partition keys that a shard can have."""


@dataclass(frozen=True, slots=True)
class FeedShards:
    """How many shards a process reads, and to how many of them it spreads its entries."""

    read: int = 1
    written: int = 1

    def partitions_for(self, record_id: str) -> Iterator[str]:
        """The partition keys to try for the entry of this record, each once.

        The order follows from the id alone, so that a repeated attempt sends the same entry. The
        shards that are only read are left out: another process may not read them yet.
        """
        first = crc32(record_id.encode())
        for step in range(self.written):
            yield partition_key((first + step) % self.written)


ONE_SHARD: Final = FeedShards()


def read_only_shards(count: int) -> FeedShards:
    """The shards of a process that reads ``count`` of them, the argument ``feed_shards``.

    A follower that reads no shard would see no change, and use its answers for too long.

    Raises:
        SettingsError: ``count`` is not a whole number from 1 to ``MAX_SHARDS``.
    """
    if not _is_in_range(count):
        detail = f"must be a whole number from 1 to {MAX_SHARDS}"
        raise SettingsError([FieldFault("feed_shards", detail)])
    return FeedShards(count)


def _is_in_range(count: object) -> bool:
    return isinstance(count, int) and 1 <= count <= MAX_SHARDS
