"""A page of customers, and the rules for asking for one."""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from .base64url import base64url
from .customer_profile import CustomerProfile
from .fields import Faults

DEFAULT_PAGE: Final = 50
"""Customers."""

MAX_PAGE: Final = 100
"""Customers. The largest page is half a megabyte of JSON."""

_POSITION: Final = re.compile(r"[!-~]{1,160}", re.ASCII)
"""The longest ``customer_id`` has 128 characters, and a store may put a prefix before it."""

_CHECKSUM_BYTES: Final = 6

_CURSOR_FAULT: Final = "must be the next_cursor of the page before"


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Some customers, and the cursor of the next page, or None on the last page.

    A page that has a cursor may have fewer customers than were asked for, even none.
    """

    customers: tuple[CustomerProfile, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class StoredCustomerPage:
    """Some customers of a store, and its position after them, or None on the last page.

    A page that has a position may have fewer customers than were asked for, even none.
    """

    customers: tuple[CustomerProfile, ...]
    next_position: str | None


def note_page_faults(faults: Faults, *, cursor: object, limit: object) -> None:
    """Note the faults of the arguments that choose a page."""
    if type(limit) is not int or not 1 <= limit <= MAX_PAGE:
        faults.note("limit", f"must be a whole number from 1 to {MAX_PAGE}")
    if cursor is not None and position_of(cursor) is None:
        faults.note("cursor", _CURSOR_FAULT)


def cursor_to(position: str) -> str:
    """The cursor that leads to ``position``, a store's own name of a place among its customers."""
    return base64url(_checksum(position) + position.encode())


def position_of(cursor: object) -> str | None:
    """The position to which ``cursor`` leads, or None if it is no cursor.

    The checksum finds a cursor that was cut or altered by mistake; it would leave customers out. It
    protects nothing: another position is only another place to begin at.
    """
    if not isinstance(cursor, str) or not cursor.isascii():
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = raw[_CHECKSUM_BYTES:].decode("ascii")
    except ValueError:
        return None
    return position if _POSITION.fullmatch(position) and cursor == cursor_to(position) else None


def _checksum(position: str) -> bytes:
    return sha256(b"customer page:" + position.encode()).digest()[:_CHECKSUM_BYTES]
