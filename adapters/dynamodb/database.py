"""The two tables, as the repositories use them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID, uuid5

from ...domain.audit import ANYONE, DEFAULT_RETENTION, AuditRecord
from ...domain.errors import StoreUnavailableError
from ..runtime import monotonic
from .attributes import AttributeValue, Item, text
from .audit_item import expiry, record_to_item
from .audit_partition import day_of, day_to_item
from .call_failure import THROTTLING, CallFailure
from .customer_change import CustomerChange
from .expiry import has_ended
from .feed_shards import ONE_SHARD, FeedShards
from .gateway import ConditionFailedError, DynamoDBGateway, Request, RequestKind
from .keys import customer_key
from .made_change import completing_change
from .session_change_item import session_change_to_item
from .tombstone import is_tombstone

Write: TypeAlias = Mapping[str, Mapping[str, Any]]
"""One write of a transaction, by its operation: ``Put``, ``Update`` or ``Delete``."""


_DAY: Final = 24 * 60 * 60

LATE_AFTER: Final = 1.0
"""Seconds after which a transaction or an entry is late, so that its change is published again."""

_MAX_ENTRIES: Final = 4
"""The most entries of the feed for one change."""

_TOKENS: Final = UUID("2f6d1c9a-63c5-4d0e-9f0a-0c1f5a4b7e21")
"""The namespace of the tokens that ``_token`` makes (RFC 9562, section 5.5)."""

_MAX_KEYS: Final = 100
"""The most keys of one BatchGetItem (AWS documentation, "BatchGetItem")."""


class Database:
    """Both tables, and the gateway that sends their requests.

    Args:
        gateway: sends the requests.
        prefix: the prefix of the tables' names.
        session_feed: whether a transaction that ends sessions early or changes roles also writes
            an entry of the session change feed. The entry costs two write units.
        feed_shards: the partitions of the feed.
        audit_retention: how long audit records are kept.
        monotonic: the time in seconds.
    """

    def __init__(
        self,
        gateway: DynamoDBGateway,
        prefix: str,
        *,
        session_feed: bool = False,
        feed_shards: FeedShards = ONE_SHARD,
        audit_retention: timedelta = DEFAULT_RETENTION,
        monotonic: Callable[[], float] = monotonic,
    ) -> None:
        self.gateway = gateway
        self.session_feed = session_feed
        self.feed_shards = feed_shards
        self.audit_retention = audit_retention
        self._monotonic = monotonic
        self._noted_day = ""
        self.customer_table = f"{prefix}customer"
        self.logger_table = f"{prefix}logger"

    def get(self, pk: str, *, strong: bool, attributes: Collection[str] = ()) -> Item | None:
        """Read one item of the table ``customer``. Returns None if there is no such item.

        Args:
            pk: the partition key.
            strong: whether the read is strongly consistent. An eventually consistent read may miss
                the newest change, and costs half.
            attributes: what to read beside the key; the default is every attribute.
        """
        request: dict[str, Any] = {
            "TableName": self.customer_table,
            "Key": {"pk": text(pk)},
            "ConsistentRead": strong,
        }
        if attributes:
            names = {f"#{name}": name for name in ("pk", *attributes)}
            request["ProjectionExpression"] = ", ".join(names)
            request["ExpressionAttributeNames"] = names
        return self.gateway.call("get_item", request, RequestKind.READ).get("Item")

    def get_customer(self, customer_id: str, *, now: datetime) -> Item | None:
        """Read a customer's item, strongly.

        Returns None if there is none, or a tombstone, or a customer that has ended at ``now``.
        """
        item = self.get(customer_key(customer_id), strong=True)
        return None if item is None or is_tombstone(item) or has_ended(item, now) else item

    def new_change(self, customer_id: str) -> CustomerChange:
        """An empty change to one customer, to which the caller adds its parts."""
        return CustomerChange(self.customer_table, customer_id)

    def query(self, query: Mapping[str, Any], limit: int) -> list[Item]:
        """The first ``limit`` items that ``query`` finds, or all if there are fewer."""
        request: dict[str, Any] = {**query, "ConsistentRead": True}
        items: list[Item] = []
        # A reply has 1 MB at most, so a page may take several.
        while True:
            request["Limit"] = limit - len(items)
            reply = self.gateway.call("query", request, RequestKind.READ)
            items.extend(reply["Items"])
            if len(items) >= limit or "LastEvaluatedKey" not in reply:
                return items
            request["ExclusiveStartKey"] = reply["LastEvaluatedKey"]

    def count(self, query: Mapping[str, Any]) -> int:
        """How many items ``query`` finds. It costs as much as to read them."""
        request: dict[str, Any] = {**query, "ConsistentRead": True, "Select": "COUNT"}
        found = 0
        while True:
            reply = self.gateway.call(
                "query", request, RequestKind.READ, lambda reply: isinstance(reply["Count"], int)
            )
            found += int(reply["Count"])
            if "LastEvaluatedKey" not in reply:
                return found
            request["ExclusiveStartKey"] = reply["LastEvaluatedKey"]

    def get_records(self, keys: Collection[Mapping[str, AttributeValue]]) -> list[Item]:
        """The items of the table ``logger`` with these keys, which are all different.

        A key without an item is left out. The read is eventually consistent.
        """
        items: list[Item] = []
        wanted = [*keys]
        while wanted:
            asked = wanted[:_MAX_KEYS]
            request = {"RequestItems": {self.logger_table: {"Keys": asked}}}
            reply = self.gateway.call(
                "batch_get_item", request, RequestKind.READ, lambda reply: "Responses" in reply
            )
            items.extend(reply["Responses"].get(self.logger_table, ()))
            # A busy DynamoDB serves some of the keys. If it serves none, it is too busy.
            left = reply.get("UnprocessedKeys", {}).get(self.logger_table, {}).get("Keys", [])
            if len(left) == len(asked):
                raise StoreUnavailableError
            wanted = [*left, *wanted[_MAX_KEYS:]]
        return items

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        """Make all ``writes`` and store ``record``, in one transaction.

        ``publish`` says whether to write an entry of the session change feed too, if it is on.

        Raises:
            ConditionFailedError: a condition was not met. It names the first such write.
        """
        self._note_day(record)
        kept = record_to_item(record, self.audit_retention)
        all_writes = [*writes, {"Put": self._addition(kept)}]
        try:
            if publish and self.session_feed:
                self._publish(record, all_writes)
            else:
                self._send(_transaction(all_writes, record.record_id))
        except ConditionFailedError as error:
            if error.index < len(writes):
                raise
            # All conditions on the customer hold, and the record is there already. So an earlier
            # attempt made this change, and its reply was lost.
            self._require_found(error, kept)

    def _publish(self, record: AuditRecord, writes: Sequence[Write]) -> None:
        """Make ``writes`` and the entry of the feed for ``record``, in one transaction.

        If a shard is throttled, the next attempt puts the entry into another one. That is another
        transaction, so it has another token. The condition on the record makes sure that the change
        is made only once.
        """
        requests = [
            _transaction(
                [*writes, {"Put": self._addition(session_change_to_item(record, partition))}],
                _token(record.record_id, number),
            )
            for number, partition in enumerate(self.feed_shards.partitions_for(record.record_id))
        ]
        others = iter(requests[1:])

        def next_shard(failure: CallFailure) -> Request | None:
            return next(others, None) if failure.code in THROTTLING else None

        began = self._monotonic()
        try:
            if len(requests) == 1:
                self._send(requests[0])
            else:
                self.gateway.call(
                    "transact_write_items",
                    requests[0],
                    RequestKind.IDEMPOTENT_WRITE,
                    reroute=next_shard,
                )
        except ConditionFailedError as error:
            if error.index < len(writes) - 1 or self._monotonic() - began <= LATE_AFTER:
                raise
            # An earlier attempt may have made the change. ``transact`` finds out.
            self._publish_again(record, self._monotonic() - began)
            raise
        self._publish_again(record, self._monotonic() - began)

    def _publish_again(self, record: AuditRecord, seconds: float) -> None:
        """Publish the change with a new position if its entry was stored late.

        A reader of many changes looks back only a few seconds. The caller acknowledges the change
        after this, so readers see it within their bound from then on.

        Args:
            record: the record of the change.
            seconds: how long the transaction took.

        Raises:
            StoreUnavailableError: the change was made, but no entry was stored in time.
        """
        passed = seconds
        for number in range(1, _MAX_ENTRIES):
            if seconds <= LATE_AFTER:
                return
            record_id = f"{record.record_id[:60]}-{number}"
            again = replace(record, record_id=record_id, at=record.at + timedelta(seconds=passed))
            partition = next(self.feed_shards.partitions_for(record_id))
            began = self._monotonic()
            with completing_change():
                self._append(session_change_to_item(again, partition))
            seconds = self._monotonic() - began
            passed += seconds
        if seconds > LATE_AFTER:
            raise StoreUnavailableError(outcome_known=False)

    def _send(self, request: Request) -> None:
        self.gateway.call("transact_write_items", request, RequestKind.IDEMPOTENT_WRITE)

    def append(self, record: AuditRecord) -> None:
        """Store ``record`` by itself. Do nothing if it is stored already."""
        self._note_day(record)
        self._append(record_to_item(record, self.audit_retention))

    def _note_day(self, record: AuditRecord) -> None:
        """Before the first record without a customer on a day, store the day.

        Readers then know which days have such records, and query no others. This is one more write
        a day for each process.
        """
        day = day_of(record.position)
        if record.customer_id != ANYONE or day == self._noted_day:
            return
        self._append(day_to_item(record, expiry(record, self.audit_retention) + _DAY))
        self._noted_day = day

    def _append(self, item: Item) -> None:
        """Add ``item`` to the log, unless it is there."""
        try:
            self.gateway.call("put_item", self._addition(item), RequestKind.IDEMPOTENT_WRITE)
        except ConditionFailedError as error:
            self._require_found(error, item)

    def _addition(self, item: Item) -> dict[str, Any]:
        """The arguments of a put that adds ``item`` to the log, and replaces none."""
        return {
            "TableName": self.logger_table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#at)",
            "ExpressionAttributeNames": {"#at": "at"},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _require_found(self, error: ConditionFailedError, item: Item) -> None:
        """Return if ``item`` is in the log, as ``error`` says.

        DynamoDB Local does not return the item that it found, so it is asked.
        """
        if error.found:
            return
        query = {
            "TableName": self.logger_table,
            "KeyConditionExpression": "#customer = :customer AND #at BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#customer": "customer_id", "#at": "at"},
            "ExpressionAttributeValues": {
                ":customer": item["customer_id"],
                ":first": item["at"],
                ":last": item["at"],
            },
        }
        with completing_change():
            if not self.query(query, 1):
                raise StoreUnavailableError(outcome_known=False) from error


def _transaction(writes: Sequence[Write], token: str) -> Request:
    return {"TransactItems": writes, "ClientRequestToken": token}


def _token(record_id: str, number: int) -> str:
    """The token of the transaction that puts the entry into its shard with this number.

    A token has 36 characters at most (Amazon DynamoDB API Reference, "TransactWriteItems").
    """
    return str(uuid5(_TOKENS, f"{number} {record_id}")) if number else record_id


def to_update(change: CustomerChange) -> Write:
    """``change`` as an update. If a condition is not met, DynamoDB returns the item."""
    return {
        "Update": {**change.update_arguments(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    }


def to_replace(change: CustomerChange, item: Item) -> Write:
    """``item`` in place of the customer's. If a condition is not met, DynamoDB returns the item."""
    return {
        "Put": {**change.replace_arguments(item), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    }


def to_delete(change: CustomerChange) -> Write:
    """``change`` as a deletion. If a condition is not met, DynamoDB returns the item."""
    return {
        "Delete": {**change.delete_arguments(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    }
