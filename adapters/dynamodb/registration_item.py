"""Registrations with an ``Idempotency-Key`` as items of the table ``customer``.

The end is checked in code. DynamoDB deletes the item some time after it, by ``ttl``.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from ...domain.idempotency_key import KeyedRegistration
from .attributes import (
    Item,
    moment,
    number,
    read_moment,
    read_number,
    read_text,
    seconds_after,
    text,
)
from .keys import registration_key
from .schema import SCHEMA_VALUE, refuse_newer_schema

_KEPT_UNTIL: Final = "kept_until"


def put_registration(
    registration: KeyedRegistration, table: str, *, now: datetime
) -> Mapping[str, Any]:
    """The write that stores ``registration``, unless another one is kept under its key."""
    item: Item = {
        "pk": text(registration_key(registration.key_hash)),
        "schema": SCHEMA_VALUE,
        "fingerprint": text(registration.fingerprint),
        "customer_id": text(registration.customer_id),
        "version": number(registration.version),
        "created_at": moment(registration.created_at),
        _KEPT_UNTIL: moment(registration.expires_at),
        # Rounded up, so that DynamoDB never deletes it too early.
        "ttl": seconds_after(registration.expires_at),
    }
    return {
        "TableName": table,
        "Item": item,
        "ConditionExpression": (
            "attribute_not_exists(#pk) OR (#until <= :now AND #schema <= :schema)"
        ),
        "ExpressionAttributeNames": {"#pk": "pk", "#until": _KEPT_UNTIL, "#schema": "schema"},
        "ExpressionAttributeValues": {":now": moment(now), ":schema": SCHEMA_VALUE},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def registration_from_item(item: Item, key_hash: str, now: datetime) -> KeyedRegistration | None:
    """The registration in ``item``, or None if it has expired at ``now``.

    Raises:
        StoreFaultError: a newer version of the service wrote the item.
    """
    refuse_newer_schema(item)
    expires_at = read_moment(item, _KEPT_UNTIL)
    if expires_at <= now:
        return None
    return KeyedRegistration(
        key_hash=key_hash,
        fingerprint=read_text(item, "fingerprint"),
        customer_id=read_text(item, "customer_id"),
        version=read_number(item, "version"),
        created_at=read_moment(item, "created_at"),
        expires_at=expires_at,
    )
