"""The two tables, as the repositories use them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...domain.audit import AuditRecord
from .attributes import Item, text
from .audit_item import record_to_item
from .customer_change import CustomerChange
from .gateway import DynamoDBGateway, Effect
from .session_change_item import session_change_to_item

Write: TypeAlias = Mapping[str, Mapping[str, Any]]
"""One write of a transaction."""


class Database:
    """Both tables behind one gateway.

    Args:
        gateway: sends the requests.
        prefix: stands before the tables' names.
        session_feed: whether the feed is told of ended sessions and changed roles: one more item
            in those transactions, which costs two write units.
    """

    def __init__(
        self, gateway: DynamoDBGateway, prefix: str, *, session_feed: bool = False
    ) -> None:
        self.gateway = gateway
        self.session_feed = session_feed
        self.customer_table = f"{prefix}customer"
        self.logger_table = f"{prefix}logger"

    def get(self, pk: str, *, strong: bool) -> Item | None:
        """The whole item of the table ``customer``, or None if there is none.

        Args:
            pk: its partition key.
            strong: whether it must be as of its last change; otherwise it may lag a moment
                behind, at half the price.
        """
        request = {
            "TableName": self.customer_table,
            "Key": {"pk": text(pk)},
            "ConsistentRead": strong,
        }
        return self.gateway.call("get_item", request, Effect.READ).get("Item")

    def change(self, customer_id: str) -> CustomerChange:
        """A change to one customer, in the making."""
        return CustomerChange(self.customer_table, customer_id)

    def query(self, query: Mapping[str, Any], limit: int) -> list[Item]:
        """The first items that ``query`` finds, ``limit`` at most. A reply holds 1 MB at most."""
        request: dict[str, Any] = {**query, "ConsistentRead": True}
        items: list[Item] = []
        while True:
            request["Limit"] = limit - len(items)
            reply = self.gateway.call("query", request, Effect.READ)
            items.extend(reply["Items"])
            if len(items) >= limit or "LastEvaluatedKey" not in reply:
                return items
            request["ExclusiveStartKey"] = reply["LastEvaluatedKey"]

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        """Make all ``writes`` and keep ``record``; or do nothing.

        ``publish`` says whether the feed is to tell of it.

        Raises:
            ConditionFailedError: of the first write that cannot be made.
        """
        kept = [record_to_item(record)]
        if publish and self.session_feed:
            kept.append(session_change_to_item(record))
        puts = [{"Put": {"TableName": self.logger_table, "Item": item}} for item in kept]
        request = {"TransactItems": [*writes, *puts], "ClientRequestToken": record.record_id}
        self.gateway.call("transact_write_items", request, Effect.WRITE)


def updated(change: CustomerChange) -> Write:
    """The update, as a write that tells on failure what it found."""
    return {"Update": {**change.update(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}


def deleted(change: CustomerChange) -> Write:
    """The deletion, likewise."""
    return {"Delete": {**change.deletion(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
