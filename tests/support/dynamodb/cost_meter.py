"""Counts what operations on DynamoDB cost: round trips, and the units that AWS would bill."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil, inf
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from cybershop_customer.adapters.dynamodb import database

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Mapping[str, Any]]


@dataclass
class Bill:
    """The round trips and units so far.

    DynamoDB Local reports the units of reads correctly, but not those of transactions. So writes
    follow AWS's rule ("Read and write operations", Amazon DynamoDB Developer Guide): one unit for
    each KB of the larger item, before or after the write, and twice that in a transaction.
    """

    round_trips: int = 0
    read_units: float = 0
    write_units: float = 0
    _pending: list[tuple[dict[str, Any], int, int]] = field(default_factory=list)

    @property
    def totals(self) -> tuple[int, float, float]:
        return self.round_trips, self.read_units, self.write_units


@contextmanager
def metered(client: "DynamoDBClient", observer: "DynamoDBClient") -> Iterator[Bill]:
    """Bill every request of ``client``; ``observer`` is another client, which reads item sizes."""
    bill = Bill()

    def sent(**_: object) -> None:
        bill.round_trips += 1

    def asked(params: dict[str, Any], **_: object) -> None:
        for write, factor in _writes(params):
            bill._pending.append((write, factor, _stored_size(observer, write)))

    def answered(parsed: dict[str, Any], **_: object) -> None:
        capacity = parsed.get("ConsumedCapacity") or []
        if not bill._pending:
            tables = capacity if isinstance(capacity, list) else [capacity]
            bill.read_units += sum(table["CapacityUnits"] for table in tables)
        for write, factor, before in bill._pending:
            size = max(before, _stored_size(observer, write))
            bill.write_units += factor * max(1, ceil(size / 1024))
        bill._pending.clear()

    hooks = {"before-send": sent, "provide-client-params": asked, "after-call": answered}
    for event, hook in hooks.items():
        client.meta.events.register(f"{event}.dynamodb.*", hook)
    try:
        # A busy machine is late, and must not publish a change twice.
        with patch.object(database, "LATE_AFTER", inf):
            yield bill
    finally:
        for event, hook in hooks.items():
            client.meta.events.unregister(f"{event}.dynamodb.*", hook)


def size(item: Item) -> int:
    """The bytes of an item, as AWS counts them ("DynamoDB item sizes and formats")."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "S":
        return len(content.encode())
    if kind == "BOOL":
        return 1
    if kind == "N":
        return ceil(len(content.strip("-").strip("0")) / 2) + 1
    if kind == "SS":
        return sum(len(text.encode()) for text in content)
    if kind == "L":
        return 3 + sum(1 + _value_size(element) for element in content)
    assert kind == "M"
    return 3 + len(content) + size(content)


def _writes(params: dict[str, Any]) -> list[tuple[dict[str, Any], int]]:
    """Each write of a request, and the factor with which it is billed."""
    if "TransactItems" in params:
        return [(next(iter(each.values())), 2) for each in params["TransactItems"]]
    # Of single requests, only writes have a condition or an item.
    writes = ("Item", "UpdateExpression", "ConditionExpression")
    return [(params, 1)] if any(name in params for name in writes) else []


def _stored_size(observer: "DynamoDBClient", write: dict[str, Any]) -> int:
    names = ("pk",) if write["TableName"].endswith("customer") else ("customer_id", "at")
    key = write.get("Key") or {name: write["Item"][name] for name in names}
    found = observer.get_item(TableName=write["TableName"], Key=key, ConsistentRead=True)
    return size(found.get("Item", {}))
