"""DynamoDB's attribute values, for the few types that are stored.

boto3's own TypeSerializer asks of each value which of ten types it has; here that is known.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

from ...domain.errors import StoreFaultError

LOGGER: Final = logging.getLogger("cybershop_customer")

Value: TypeAlias = Mapping[str, Any]
"""An attribute's value with its type, such as ``{"S": "text"}``."""
Item: TypeAlias = Mapping[str, Value]
"""The attributes of one item by name."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def text(value: str) -> Value:
    """A string, which must not be empty: DynamoDB Local refuses that."""
    return {"S": value}


def number(value: int) -> Value:
    """A whole number."""
    return {"N": str(value)}


def text_set(values: Iterable[str]) -> Value:
    """A set of strings, of which there must be one at least."""
    return {"SS": sorted(values)}


def moment(value: datetime) -> Value:
    """A time as microseconds since the epoch: 9 bytes, where its text takes 27."""
    return number(microseconds(value))


def microseconds(value: datetime) -> int:
    """A time as a number: microseconds since the epoch."""
    return (value - EPOCH) // _MICROSECOND


def read_text(item: Item, name: str) -> str:
    """A string, which is empty where the attribute is left out."""
    value = item.get(name)
    return "" if value is None else value["S"]


def read_number(item: Item, name: str) -> int:
    """A whole number."""
    return int(_required(item, name)["N"])


def read_text_set(item: Item, name: str) -> frozenset[str]:
    """A set of strings, which is empty where the attribute is left out."""
    value = item.get(name)
    return frozenset() if value is None else frozenset(value["SS"])


def read_moment(item: Item, name: str) -> datetime:
    """A time that was written as microseconds."""
    return EPOCH + timedelta(microseconds=int(_required(item, name)["N"]))


def _required(item: Item, name: str) -> Value:
    value = item.get(name)
    if value is None:
        LOGGER.error("a stored item has no %s: %.200r", name, item.get("pk") or item.get("at"))
        raise StoreFaultError(f"a stored item has no {name}")
    return value
