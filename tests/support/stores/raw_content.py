"""Reads all that a store holds, as text, whatever the service makes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from support.dynamodb.snapshot import scan

from cybershop_customer import Storage


def raw_content(storage: Storage, *others: object) -> str:
    """Each text that ``storage`` holds, in lines; and those that ``others`` hold in memory."""
    database = getattr(storage.customers, "_database", None)
    texts = [*_reachable(others, set())]
    if database is None:
        texts += _reachable(storage, set())
    else:
        for table in (database.customer_table, database.logger_table):
            texts += map(repr, scan(database.gateway._client, table))
    return "\n".join(texts)


def _reachable(value: Any, seen: set[int]) -> Iterator[str]:
    """Each text in ``value``, its attributes and its parts. ``repr`` would hide some of them."""
    if isinstance(value, str):
        yield value
    if value is None or isinstance(value, str | int | float) or id(value) in seen:
        return
    seen.add(id(value))
    parts: list[Any] = []
    if isinstance(value, Mapping):
        parts += [*value, *value.values()]
    elif isinstance(value, list | tuple | set | frozenset) or type(value).__name__ == "deque":
        parts += value
    elif is_dataclass(value) and not isinstance(value, type):
        parts += [getattr(value, each.name) for each in fields(value)]
    elif type(value).__module__.startswith("cybershop_customer."):
        parts += getattr(value, "__dict__", {}).values()
    for part in parts:
        yield from _reachable(part, seen)
