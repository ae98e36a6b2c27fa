"""Customers and what belongs to them as rows."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from ...domain.customer import Customer
from ...domain.customer_page import StoredCustomerPage
from ...domain.customer_profile import CustomerProfile
from ...domain.device import Device
from ...domain.email_address import EmailAddress
from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.fields import PROFILE
from ...domain.one_time_token import StoredToken, TokenPurpose
from ...domain.session import CustomerWithSessions
from .session_rows import read_revocations, read_sessions

_COLUMNS: Final = (
    "customer_id, email, email_key, email_verified, profile, roles, password_hash,"
    " password_version, version, created_at, updated_at, expires_at"
)
"""The columns of a customer, in the order of ``_to_row``."""


_PROFILE_COLUMNS: Final = (
    "customer_id, email, email_verified, profile, roles, version, created_at, updated_at"
)
"""What a page shows, in the order of ``_profile_from_row``; ``expires_at`` follows."""


def read_customer_page(
    connection: sqlite3.Connection, *, now: datetime, after: str | None, limit: int
) -> StoredCustomerPage:
    """A page of the customers that exist at ``now``, in the order of their ids."""
    rows = connection.execute(
        f"SELECT {_PROFILE_COLUMNS}, expires_at FROM customer"  # noqa: S608 (a constant)
        " WHERE customer_id > ? ORDER BY customer_id LIMIT ?",
        # No id is smaller than the empty text.
        (after or "", limit + 1),
    ).fetchall()
    moment = microseconds(now)
    customers = (
        _profile_from_row(row[:-1])
        for row in rows[:limit]
        # A condition of the query would let it pass over any number of rows.
        if row[-1] is None or row[-1] > moment
    )
    return StoredCustomerPage(tuple(customers), rows[limit - 1][0] if len(rows) > limit else None)


def read_customer(connection: sqlite3.Connection, customer_id: str) -> Customer | None:
    """The customer with its tokens, or None. Its end is not considered."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM customer WHERE customer_id = ?",  # noqa: S608 (a constant)
        (customer_id,),
    ).fetchone()
    if row is None:
        return None
    return _from_row(row, _read_tokens(connection, customer_id))


def read_with_sessions(
    connection: sqlite3.Connection, customer_id: str
) -> CustomerWithSessions | None:
    """The customer with all that belongs to it, or None. Its end is not considered."""
    customer = read_customer(connection, customer_id)
    if customer is None:
        return None
    return CustomerWithSessions(
        customer,
        read_sessions(connection, customer),
        read_revocations(connection, customer_id),
        _read_devices(connection, customer_id),
    )


def write_customer(connection: sqlite3.Connection, customer: Customer) -> None:
    """Store the row of ``customer`` and its tokens, in place of what is stored."""
    row = _to_row(customer)
    marks = ", ".join("?" for _ in row)
    updates = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
    connection.execute(
        f"INSERT INTO customer ({_COLUMNS}) VALUES ({marks})"  # noqa: S608 (constants)
        f" ON CONFLICT (customer_id) DO UPDATE SET {updates}",
        row,
    )
    write_token(
        connection, customer.customer_id, TokenPurpose.VERIFY_EMAIL, customer.email_verification
    )
    write_token(
        connection, customer.customer_id, TokenPurpose.RESET_PASSWORD, customer.password_reset
    )


def write_token(
    connection: sqlite3.Connection,
    customer_id: str,
    purpose: TokenPurpose,
    token: StoredToken | None,
) -> None:
    """Store ``token`` as the newest of its purpose; None removes the stored one."""
    if token is None:
        connection.execute(
            "DELETE FROM one_time_token WHERE customer_id = ? AND purpose = ?",
            (customer_id, purpose.value),
        )
        return
    address = token.address
    connection.execute(
        "INSERT OR REPLACE INTO one_time_token VALUES (?, ?, ?, ?, ?, ?)",
        (
            customer_id,
            purpose.value,
            token.token_hash,
            microseconds(token.expires_at),
            None if address is None else address.address,
            None if address is None else address.key,
        ),
    )


def replace_devices(
    connection: sqlite3.Connection, customer_id: str, devices: Iterable[Device]
) -> None:
    """Store ``devices`` in place of all known devices of a customer."""
    connection.execute("DELETE FROM device WHERE customer_id = ?", (customer_id,))
    connection.executemany(
        "INSERT INTO device VALUES (?, ?, ?)",
        [(customer_id, device.device_id, microseconds(device.used_at)) for device in devices],
    )


def write_tombstone(connection: sqlite3.Connection, customer_id: str, kept_until: datetime) -> None:
    """Keep the id of a deleted customer, in place of a stored tombstone."""
    connection.execute(
        "INSERT OR REPLACE INTO tombstone VALUES (?, ?)", (customer_id, microseconds(kept_until))
    )


def roles_from_text(text: str) -> frozenset[str]:
    """The roles of a customer's row."""
    return frozenset(text.split())


def _to_row(customer: Customer) -> tuple[Any, ...]:
    """The row of ``customer``, without its tokens."""
    return (
        customer.customer_id,
        customer.email,
        customer.email_key,
        int(customer.email_verified),
        json.dumps({name: text for name, text in customer.profile.items() if text}),
        # No role contains a space.
        " ".join(sorted(customer.roles)),
        customer.password_hash,
        customer.password_version,
        customer.version,
        microseconds(customer.created_at),
        microseconds(customer.updated_at),
        None if customer.expires_at is None else microseconds(customer.expires_at),
    )


def _from_row(row: tuple[Any, ...], tokens: dict[TokenPurpose, StoredToken]) -> Customer:
    """The customer of ``row``, with its ``tokens``."""
    texts = _profile_texts(row[4])
    return Customer(
        customer_id=row[0],
        email=row[1],
        email_key=row[2],
        email_verified=bool(row[3]),
        roles=roles_from_text(row[5]),
        password_hash=row[6],
        password_version=row[7],
        version=row[8],
        created_at=from_microseconds(row[9]),
        updated_at=from_microseconds(row[10]),
        expires_at=None if row[11] is None else from_microseconds(row[11]),
        email_verification=tokens.get(TokenPurpose.VERIFY_EMAIL),
        password_reset=tokens.get(TokenPurpose.RESET_PASSWORD),
        **texts,
    )


def _profile_from_row(row: tuple[Any, ...]) -> CustomerProfile:
    return CustomerProfile(
        customer_id=row[0],
        email=row[1],
        email_verified=bool(row[2]),
        roles=roles_from_text(row[4]),
        version=row[5],
        created_at=from_microseconds(row[6]),
        updated_at=from_microseconds(row[7]),
        **_profile_texts(row[3]),
    )


def _profile_texts(column: str) -> dict[str, Any]:
    """The profile fields in the column ``profile``, which has those that are not empty."""
    profile: dict[str, Any] = json.loads(column)
    return {name: profile.get(name, "") for name in PROFILE}


def _read_devices(connection: sqlite3.Connection, customer_id: str) -> tuple[Device, ...]:
    rows = connection.execute(
        "SELECT device_id, used_at FROM device WHERE customer_id = ?", (customer_id,)
    )
    return tuple(Device(device_id, from_microseconds(used_at)) for device_id, used_at in rows)


def _read_tokens(
    connection: sqlite3.Connection, customer_id: str
) -> dict[TokenPurpose, StoredToken]:
    rows = connection.execute(
        "SELECT purpose, token_hash, expires_at, email, email_key FROM one_time_token"
        " WHERE customer_id = ?",
        (customer_id,),
    )
    return {
        TokenPurpose(purpose): StoredToken(
            token_hash,
            from_microseconds(expires_at),
            None if email is None else EmailAddress(email, email_key),
        )
        for purpose, token_hash, expires_at, email, email_key in rows
    }
