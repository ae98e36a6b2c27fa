"""Guard items, each of which reserves an email key for one customer."""

from .attributes import Item, text
from .keys import guard_key
from .schema import SCHEMA_VALUE


def guard_to_item(email_key: str, customer_id: str) -> Item:
    """The guard item of ``email_key``, which belongs to that customer."""
    return {
        "pk": text(guard_key(email_key)),
        "schema": SCHEMA_VALUE,
        "customer_id": text(customer_id),
    }
