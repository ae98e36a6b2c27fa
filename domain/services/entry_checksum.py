"""The checksum of a set of entries, whatever their order and their store."""

import json
from collections.abc import Collection
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from ..epoch_time import microseconds
from ..store_entry import StoreEntry

_MODULUS: Final = 2**256


@dataclass(frozen=True, slots=True)
class EntrySum:
    """How many entries a set has, and the sum of their digests modulo 2**256.

    The sum does not depend on the order, so each store is read in its own order. It finds errors;
    it is no protection from someone who forges entries.
    """

    count: int = 0
    digests: int = 0

    def __add__(self, other: "EntrySum") -> "EntrySum":
        return EntrySum(self.count + other.count, (self.digests + other.digests) % _MODULUS)

    @property
    def checksum(self) -> str:
        """The sum of the digests, as 64 hexadecimal digits."""
        return f"{self.digests:064x}"


NO_ENTRIES: Final = EntrySum()


def sum_of(entry: StoreEntry) -> EntrySum:
    """The sum of the set that has only ``entry``."""
    return EntrySum(1, int.from_bytes(entry_digest(entry)))


def entry_digest(entry: StoreEntry) -> bytes:
    """The SHA-256 of every field of ``entry``."""
    plain = [entry.kind, _plain(entry)]
    return sha256(json.dumps(plain, separators=(",", ":")).encode()).digest()


def _plain(value: Any) -> Any:  # noqa: ANN401 (any field of an entry)
    """``value`` as JSON has it. A new field of a customer or a record is included by itself."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, frozenset):
        return sorted(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, tuple):
        return _plain_list(value)  # pyright: ignore[reportUnknownArgumentType]
    return [_plain(getattr(value, name)) for name in value.__dataclass_fields__]


def _plain_list(values: Collection[Any]) -> list[Any]:
    parts = [_plain(value) for value in values]
    # Sessions, revocations and devices have no order; the names of changed fields have one.
    return sorted(parts) if any(map(is_dataclass, values)) else parts
