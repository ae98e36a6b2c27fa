"""The two tables, as the repositories use them."""

from collections.abc import Collection, Mapping
from typing import Any, TypeAlias

from ...domain.audit import AuditRecord
from .attributes import Item, text
from .audit_item import record_to_item
from .customer_change import CustomerChange
from .gateway import DynamoDBGateway, RequestKind
from .keys import customer_key
from .session_change_item import session_change_to_item
from .tombstone import is_tombstone

Write: TypeAlias = Mapping[str, Mapping[str, Any]]
"""One write of a transaction, by its operation: ``Put``, ``Update`` or ``Delete``."""


class Database:
    """Both tables behind one gateway.

    Args:
        gateway: sends the requests.
        prefix: the prefix of the tables' names.
        session_feed: whether a transaction that ends sessions early or changes roles also writes
            an entry of the session change feed. The entry costs two write units.
    """

    def __init__(
        self, gateway: DynamoDBGateway, prefix: str, *, session_feed: bool = False
    ) -> None:
        self.gateway = gateway
        self.session_feed = session_feed
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

    def get_customer(self, customer_id: str) -> Item | None:
        """Read a customer's item, strongly. Returns None if there is none, or a tombstone."""
        item = self.get(customer_key(customer_id), strong=True)
        return None if item is None or is_tombstone(item) else item

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

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        """Make all ``writes`` and store ``record``, in one transaction.

        ``publish`` says whether to write an entry of the session change feed too, if it is on.

        Raises:
            ConditionFailedError: a condition was not met. It names the first such write.
        """
        items = [record_to_item(record)]
        if publish and self.session_feed:
            items.append(session_change_to_item(record))
        puts = [{"Put": {"TableName": self.logger_table, "Item": item}} for item in items]
        request = {"TransactItems": [*writes, *puts], "ClientRequestToken": record.record_id}
        self.gateway.call("transact_write_items", request, RequestKind.IDEMPOTENT_WRITE)


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
