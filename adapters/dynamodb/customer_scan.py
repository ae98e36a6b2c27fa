"""A page of all customers, by one scan of a bounded number of items.

The table ``customer`` also has e-mail guards, registrations, login budgets and tombstones, which
are evaluated and billed too. The scan names the attributes that it reads, so it never gets a
password hash, a session or a token, and IAM can allow the service nothing more (``ServicePolicy``).

A position is the key of an item that the scan has passed. It is never the key of a guard, because
that has an e-mail address in clear.
"""

from datetime import datetime
from typing import Any, Final

from ...domain.customer_page import StoredCustomerPage
from ...domain.customer_profile import CustomerProfile
from ...domain.errors import StoreFaultError
from ...domain.fields import PROFILE
from .attributes import (
    LOGGER,
    Item,
    read_number,
    read_text,
    read_text_set,
    text,
)
from .customer_item import EMAIL_VERIFIED
from .database import Database
from .expiry import EXPIRES_AT, has_ended
from .gateway import Reply, RequestKind
from .keys import customer_key, guard_key
from .schema import refuse_newer_schema
from .tombstone import KEPT_UNTIL, is_tombstone

LISTED: Final = (
    "pk",
    "schema",
    "customer_id",
    "email",
    EMAIL_VERIFIED,
    *PROFILE,
    "roles",
    "version",
    "created_at",
    "updated_at",
    EXPIRES_AT,
    KEPT_UNTIL,
)
"""The attributes that a list of customers reads."""

_NAMES: Final = {f"#{name}": name for name in LISTED}

MIN_EVALUATED: Final = 25
"""The fewest items that a scan evaluates, so that it passes an item that is no guard: there are no
more guards than customers, and DynamoDB orders items by a hash of their keys."""

_SECOND_TRY: Final = 1000
"""Items. 25 guards in a row have a chance of 1 in 33 million."""


def scan_customers(
    database: Database, *, now: datetime, after: str | None, limit: int
) -> StoredCustomerPage:
    """A page as ``CustomerRepository.read_page`` describes it. It is eventually consistent."""
    start: Item | None = None if after is None else {"pk": text(after)}
    for evaluated in (max(limit, MIN_EVALUATED), _SECOND_TRY):
        reply = _scan(database, start, evaluated)
        items: list[Item] = reply["Items"]
        last = reply.get("LastEvaluatedKey")
        if items or last is None:
            return _page(items, now=now, limit=limit, is_last=last is None)
        start = last
    LOGGER.error("the table %s has e-mail guards without customers", database.customer_table)
    raise StoreFaultError("the table of customers has e-mail guards without customers")


def _scan(database: Database, start: Item | None, evaluated: int) -> Reply:
    request: dict[str, Any] = {
        "TableName": database.customer_table,
        "ConsistentRead": False,
        "Limit": evaluated,
        "Select": "SPECIFIC_ATTRIBUTES",
        "ProjectionExpression": ", ".join(_NAMES),
        "FilterExpression": "NOT begins_with(#pk, :guard)",
        "ExpressionAttributeNames": _NAMES,
        "ExpressionAttributeValues": {":guard": text(guard_key(""))},
    }
    if start is not None:
        request["ExclusiveStartKey"] = start
    return database.gateway.call(
        "scan", request, RequestKind.READ, lambda reply: isinstance(reply.get("Items"), list)
    )


def _page(items: list[Item], *, now: datetime, limit: int, is_last: bool) -> StoredCustomerPage:
    customers: list[CustomerProfile] = []
    position: str | None = None
    for item in items:
        if len(customers) == limit:
            return StoredCustomerPage(tuple(customers), position)
        position = read_text(item, "pk")
        if _is_customer(item, now):
            customers.append(_profile(item))
    return StoredCustomerPage(tuple(customers), None if is_last else position)


def _is_customer(item: Item, now: datetime) -> bool:
    if not read_text(item, "pk").startswith(customer_key("")) or is_tombstone(item):
        return False
    return not has_ended(item, now)


def _profile(item: Item) -> CustomerProfile:
    refuse_newer_schema(item)
    return CustomerProfile(
        customer_id=read_text(item, "customer_id"),
        email=read_text(item, "email") or None,
        email_verified=EMAIL_VERIFIED in item,
        roles=read_text_set(item, "roles"),
        created_at=datetime.fromisoformat(read_text(item, "created_at")),
        updated_at=datetime.fromisoformat(read_text(item, "updated_at")),
        version=read_number(item, "version"),
        **{name: read_text(item, name) for name in PROFILE},
    )
