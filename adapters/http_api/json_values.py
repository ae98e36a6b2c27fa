"""Values in a JSON object that another server may have sent. Each is None if it is not valid."""

import re
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

_RFC3339: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)

T = TypeVar("T")


def parse_text(value: object) -> str | None:
    """A string."""
    return value if isinstance(value, str) else None


def parse_strings(items: object) -> frozenset[str] | None:
    """An array of strings, as a set."""
    if not isinstance(items, list):
        return None
    members = cast("list[object]", items)
    strings = frozenset(member for member in members if isinstance(member, str))
    return strings if all(isinstance(member, str) for member in members) else None


def parse_time(text: object) -> datetime | None:
    """A time of RFC 3339."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def parse_objects(items: object) -> list[dict[str, Any]] | None:
    """An array of objects."""
    if not isinstance(items, list):
        return None
    members = cast("list[object]", items)
    objects = [cast("dict[str, Any]", member) for member in members if isinstance(member, dict)]
    return objects if len(objects) == len(members) else None
