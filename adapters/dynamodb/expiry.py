"""The end of a customer who neither logs in nor proves the address.

``expires_at`` counts from that moment on. DynamoDB deletes the item some time after it, by ``ttl``.
"""

from datetime import datetime
from typing import Final

from .attributes import AttributeValue, Item, moment, read_optional_moment, seconds_after
from .customer_change import CustomerChange

EXPIRES_AT: Final = "expires_at"
_TTL: Final = "ttl"


def expiry_attributes(expires_at: datetime) -> dict[str, AttributeValue]:
    """The attributes of a new customer that ends then."""
    return {EXPIRES_AT: moment(expires_at), _TTL: seconds_after(expires_at)}


def has_ended(item: Item, now: datetime) -> bool:
    """Whether the customer in ``item`` has ended at ``now``."""
    expires_at = read_optional_moment(item, EXPIRES_AT)
    return expires_at is not None and expires_at <= now


def require_not_ended(change: CustomerChange, now: datetime) -> None:
    """Let ``change`` apply only to a customer that has not ended at ``now``."""
    end = change.path(EXPIRES_AT)
    change.require(f"(attribute_not_exists({end}) OR {end} > {change.value(moment(now))})")


def keep_customer(change: CustomerChange) -> None:
    """Take the end away."""
    change.remove(change.path(EXPIRES_AT))
    change.remove(change.path(_TTL))
