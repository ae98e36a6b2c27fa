"""The two tables, as the repositories use them."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from ...domain.audit import AuditRecord
from .attributes import Item, text
from .audit_item import record_to_item
from .caller import Caller, Effect
from .customer_change import CustomerChange

Write: TypeAlias = Mapping[str, Mapping[str, Any]]
"""One write of a transaction."""


class Database:
    """Both tables behind one caller; ``prefix`` stands before their names."""

    def __init__(self, caller: Caller, prefix: str) -> None:
        self.caller = caller
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
        return self.caller.call("get_item", request, Effect.READ).get("Item")

    def change(self, customer_id: str) -> CustomerChange:
        """A change to one customer, in the making."""
        return CustomerChange(self.customer_table, customer_id)

    def transact(self, record: AuditRecord, *writes: Write) -> None:
        """Make all ``writes`` and keep ``record``; or do nothing.

        Raises:
            ConditionFailedError: of the first write that cannot be made.
        """
        kept = {"Put": {"TableName": self.logger_table, "Item": record_to_item(record)}}
        request = {"TransactItems": [*writes, kept], "ClientRequestToken": record.record_id}
        self.caller.call("transact_write_items", request, Effect.WRITE)


def updated(change: CustomerChange) -> Write:
    """The update, as a write that tells on failure what it found."""
    return {"Update": {**change.update(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}


def deleted(change: CustomerChange) -> Write:
    """The deletion, likewise."""
    return {"Delete": {**change.deletion(), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
