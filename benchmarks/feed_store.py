"""A stand-in for the feed's partitions in DynamoDB, in this process, with a clock of its own.

The direct client of the product runs as it is, up to the bytes of a request and of its reply.
The stand-in bills read units as DynamoDB does, and its replies take time on the simulated clock.
"""

import json
import time
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Final
from uuid import UUID
from zlib import crc32

from cybershop_customer import AuditRecord
from cybershop_customer.adapters.dynamodb.feed_shards import FeedShards
from cybershop_customer.adapters.dynamodb.session_change_item import session_change_to_item
from cybershop_customer.adapters.dynamodb.session_change_log import MAX_PARALLEL
from cybershop_customer.adapters.http_api.http_response import HttpResponse

START: Final = datetime(2031, 5, 17, 12, tzinfo=UTC)
UNIT: Final = 4096
"""Bytes of one read unit of a strongly consistent read (Amazon DynamoDB Developer Guide, "Capacity
unit consumption for read operations")."""
MAX_REPLY: Final = 1_000_000
LATENCY: Final = 0.005
"""Seconds that a query takes, at least."""
BYTES_A_SECOND: Final = 20_000_000


class SimulatedClock:
    """The time of the simulation. It passes while the store works."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def advance_to(self, seconds: float) -> None:
        self.seconds = max(self.seconds, seconds)


def record_of(number: int, began: float) -> AuditRecord:
    """The record of an ended session, as the service makes it."""
    return AuditRecord(
        record_id=str(UUID(int=(number * 2654435761 << 64) + number, version=4)),
        customer_id=str(UUID(int=number + (1 << 120))),
        actor_id="-",
        operation_name="logout",
        status_code=200,
        message="",
        at=START + timedelta(seconds=began),
    )


def size_of(item: Mapping[str, Mapping[str, str]]) -> int:
    """The bytes of an item (the same guide, "DynamoDB item sizes and formats")."""
    size = 0
    for name, value in item.items():
        ((kind, text),) = value.items()
        size += len(name) + (len(text) // 2 + 2 if kind == "N" else len(text))
    return size


class FeedStore:
    """The entries, and what was billed for reading them. ``spent`` is its own CPU time."""

    def __init__(self, clock: SimulatedClock, shards: FeedShards) -> None:
        self._clock = clock
        self._shards = shards
        self._entries: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        self._item_size = 0
        self.units = 0.0
        self.spent = 0.0
        self._lock = Lock()
        self._parallel = min(MAX_PARALLEL, shards.read)

    def add(self, record: AuditRecord) -> None:
        """Store the entry of ``record``."""
        partition = next(self._shards.partitions_for(record.record_id))
        item = session_change_to_item(record, partition)
        self._item_size = size_of(item)
        entry = record.position, json.dumps(item).encode()
        insort(self._entries[partition], entry)

    def exchange(self, data: bytes, *, deadline: float) -> HttpResponse:  # noqa: ARG002
        """Answer a request, as the transport of the direct client does."""
        began = time.thread_time()
        query = json.loads(data.partition(b"\r\n\r\n")[2])
        body, size = self._query(query)
        units = max(1.0, -(-size // UNIT))
        took = LATENCY + len(body) / BYTES_A_SECOND
        with self._lock:
            self.units += units
            self._clock.seconds += took / self._parallel
        capacity = (
            f'"ConsumedCapacity":{{"TableName":"{query["TableName"]}","CapacityUnits":{units}}}'
        )
        body = b"{" + body + b"," + capacity.encode() + b"}"
        headers = {"x-amzn-requestid": "0", "x-amz-crc32": str(crc32(body))}
        with self._lock:
            self.spent += time.thread_time() - began
        return HttpResponse(200, headers, body)

    def _query(self, query: Mapping[str, Any]) -> tuple[bytes, int]:
        """The members of the reply, and the bytes that were read."""
        values = {name: value["S"] for name, value in query["ExpressionAttributeValues"].items()}
        entries = self._entries[values[":partition"]]
        start, stop = query.get("ExclusiveStartKey"), len(entries)
        if ":after" in values:
            first = bisect_right(entries, (values[":after"], b"~"))
        else:
            first = bisect_left(entries, (values[":first"], b""))
            stop = bisect_right(entries, (values[":last"], b"~"))
        if start is not None:
            first = bisect_right(entries, (start["at"]["S"], b"~"))
        most = min(query.get("Limit", stop), MAX_REPLY // max(1, self._item_size))
        end = min(stop, first + most)
        found = max(0, end - first)
        members = [b'"Count":%d' % found]
        if query.get("Select") != "COUNT":
            members.append(
                b'"Items":[' + b",".join(entry for _, entry in entries[first:end]) + b"]"
            )
        if end < stop:
            key = {"customer_id": {"S": values[":partition"]}, "at": {"S": entries[end - 1][0]}}
            members.append(b'"LastEvaluatedKey":' + json.dumps(key).encode())
        return b",".join(members), found * self._item_size
