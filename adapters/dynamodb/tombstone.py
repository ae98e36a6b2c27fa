"""Tombstones: what stays of a deleted customer while no one else may get the id.

A tombstone has the key of the customer's item. ``id_kept_until`` marks it, and says when the id is
free. DynamoDB deletes it some time after that, by ``ttl``. It has none of a customer's attributes,
so every condition of a change fails on it, and it has no session that a check could find.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from .attributes import Item, moment, read_moment, seconds_after, text
from .expiry import EXPIRES_AT, has_ended
from .keys import customer_key
from .schema import SCHEMA_VALUE

KEPT_UNTIL: Final = "id_kept_until"


def tombstone(customer_id: str, until: datetime) -> Item:
    """The tombstone that keeps ``customer_id`` until then."""
    return {
        "pk": text(customer_key(customer_id)),
        "schema": SCHEMA_VALUE,
        KEPT_UNTIL: moment(until),
        # Rounded up, so that DynamoDB never deletes it too early.
        "ttl": seconds_after(until),
    }


def is_tombstone(item: Item) -> bool:
    """Whether an item with a customer's key is a tombstone."""
    return KEPT_UNTIL in item


def keeps_id(item: Item, *, now: datetime, reuse: bool) -> bool:
    """Whether ``item``, which has a customer's key, keeps a new customer from having the id."""
    if is_tombstone(item):
        return not reuse and read_moment(item, KEPT_UNTIL) > now
    return not has_ended(item, now)


def put_on_free_id(item: Item, table: str, *, now: datetime, reuse: bool) -> Mapping[str, Any]:
    """The write that stores a new customer where ``keeps_id`` is false, or no item is."""
    names = {"#pk": "pk", "#schema": "schema", "#until": KEPT_UNTIL, "#end": EXPIRES_AT}
    # The comparison with a missing attribute fails. A customer's item does not have #until, and
    # only one that ends has #end.
    values = {":schema": SCHEMA_VALUE, ":now": moment(now)}
    until = "attribute_exists(#until)" if reuse else "#until <= :now"
    ended = f"({until} OR #end <= :now)"
    return {
        "TableName": table,
        "Item": item,
        "ConditionExpression": f"attribute_not_exists(#pk) OR ({ended} AND #schema <= :schema)",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
