"""Reads all that a store holds, as text, whatever the service makes of it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from support.dynamodb.snapshot import scan

from cybershop_customer import Storage
from cybershop_customer.adapters.sqlite.database import Database


def raw_content(storage: Storage, *others: object) -> str:
    """Each text that ``storage`` holds, in lines; and those that ``others`` hold in memory."""
    database = getattr(storage.customers, "_database", None)
    texts = [*_reachable(others, set())]
    if database is None:
        texts += _reachable(storage, set())
    elif isinstance(database, Database):
        texts.append(_file_content(database))
    else:
        for table in (database.customer_table, database.logger_table):
            texts += map(repr, scan(database.gateway._client, table))
    return "\n".join(texts)


def _file_content(database: Database) -> str:
    """All bytes of the file, also those of free pages, after the write-ahead log is emptied."""
    ((_, name, path),) = database.read_all("PRAGMA database_list", ())
    assert name == "main"
    ((busy, _, _),) = database.read_all("PRAGMA wal_checkpoint(TRUNCATE)", ())
    assert not busy
    return Path(path).read_bytes().decode("latin-1")


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
