"""Writes and reads DynamoDB's attribute values, for the few types that the tables use.

boto3's TypeSerializer tests each value for ten types. Here the caller knows the type, so this is
faster.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.errors import StoreFaultError

LOGGER: Final = logging.getLogger("cybershop_customer.store")

AttributeValue: TypeAlias = Mapping[str, Any]
"""A value with its type, such as ``{"S": "text"}``."""
Item: TypeAlias = Mapping[str, AttributeValue]
"""The attributes of one item, by name."""

MARK: Final[AttributeValue] = {"BOOL": True}
"""Says yes by being there. Where the answer is no, the item does not have the attribute."""

_MICROSECOND: Final = timedelta(microseconds=1)


def text(value: str) -> AttributeValue:
    """A string. It must not be empty, because DynamoDB Local refuses empty strings."""
    return {"S": value}


def number(value: int) -> AttributeValue:
    """A whole number."""
    return {"N": str(value)}


def text_set(values: Iterable[str]) -> AttributeValue:
    """A set of strings. It must not be empty."""
    return {"SS": sorted(values)}


def moment(value: datetime) -> AttributeValue:
    """A time as microseconds since the epoch. This takes 9 bytes; its text would take 27."""
    return number(microseconds(value))


def duration(value: timedelta) -> AttributeValue:
    """A length of time as microseconds, to add to a ``moment``."""
    return number(value // _MICROSECOND)


def seconds_after(value: datetime) -> AttributeValue:
    """A time as whole seconds since the epoch, rounded up, as DynamoDB's time to live needs it."""
    return number(-(-microseconds(value) // 1_000_000))


def read_text(item: Item, name: str) -> str:
    """A string; empty if the item has no such attribute."""
    value = item.get(name)
    return "" if value is None else value["S"]


def read_number(item: Item, name: str) -> int:
    """A whole number; raises StoreFaultError if the item has no such attribute."""
    return int(_required(item, name)["N"])


def read_text_set(item: Item, name: str) -> frozenset[str]:
    """A set of strings; empty if the item has no such attribute."""
    value = item.get(name)
    return frozenset() if value is None else frozenset(value["SS"])


def read_moment(item: Item, name: str) -> datetime:
    """A time; raises StoreFaultError if the item has no such attribute."""
    return from_microseconds(int(_required(item, name)["N"]))


def read_optional_moment(item: Item, name: str) -> datetime | None:
    """A time, or None if the item has no such attribute."""
    return read_moment(item, name) if name in item else None


def _required(item: Item, name: str) -> AttributeValue:
    value = item.get(name)
    if value is None:
        LOGGER.error("a stored item has no %s: %.200r", name, item.get("pk") or item.get("at"))
        raise StoreFaultError(f"a stored item has no {name}")
    return value
