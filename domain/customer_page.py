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

ALL: Final = ""
"""In the place of an email key: the list of all customers."""

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


def note_page_faults(
    faults: Faults, *, cursor: object, limit: object, email_key: str | None = ALL
) -> None:
    """Note the faults of the arguments that choose a page of the list of ``email_key``.

    None stands for an address whose key is not known. The cursor then needs the form of one.
    """
    if type(limit) is not int or not 1 <= limit <= MAX_PAGE:
        faults.note("limit", f"must be a whole number from 1 to {MAX_PAGE}")
    known = is_cursor(cursor) if email_key is None else position_of(cursor, email_key) is not None
    if cursor is not None and not known:
        faults.note("cursor", _CURSOR_FAULT)


def cursor_to(position: str, email_key: str = ALL) -> str:
    """The cursor that leads to ``position``, a store's own name of a place among its customers.

    It is of the list of those customers who have an address with ``email_key``, or of ``ALL``.
    """
    return base64url(_checksum(position, email_key) + position.encode())


def position_of(cursor: object, email_key: str = ALL) -> str | None:
    """The position to which ``cursor`` leads, or None if it is no cursor of this list.

    The checksum finds a cursor that was cut or altered by mistake, or is of another list; it would
    leave customers out. It protects nothing: another position is only another place to begin at.
    """
    position = _position_in(cursor)
    return position if position is not None and cursor == cursor_to(position, email_key) else None


def is_cursor(value: object) -> bool:
    """Whether ``value`` has the form of a cursor, of any list."""
    return _position_in(value) is not None


def _position_in(cursor: object) -> str | None:
    if not isinstance(cursor, str) or not cursor.isascii():
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        position = raw[_CHECKSUM_BYTES:].decode("ascii")
    except ValueError:
        return None
    return position if _POSITION.fullmatch(position) else None


def _checksum(position: str, email_key: str) -> bytes:
    # No position has a space, so no two lists and positions give the same text.
    text = f"customer page:{position} {email_key}".rstrip()
    return sha256(text.encode()).digest()[:_CHECKSUM_BYTES]
