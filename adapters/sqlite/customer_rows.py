"""Customers and what belongs to them as rows."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any, Final

from ...domain.customer import Customer
from ...domain.device import Device
from ...domain.email_address import EmailAddress
from ...domain.fields import PROFILE
from ...domain.one_time_token import StoredToken, TokenPurpose
from ...domain.session import Revocation, Session
from .times import (
    from_microseconds,
    from_optional,
    microseconds,
    optional_microseconds,
)

CUSTOMER: Final = (
    "customer_id, email, email_key, email_verified, profile, roles, password_hash,"
    " password_version, version, created_at, updated_at, expires_at"
)
"""The columns of a customer, in the order of ``customer_to_row``."""


def customer_to_row(customer: Customer) -> tuple[Any, ...]:
    """The row of ``customer``, without its tokens."""
    return (
        customer.customer_id,
        customer.email,
        customer.email_key,
        int(customer.email_verified),
        json.dumps({name: text for name, text in customer.profile.items() if text}),
        roles_to_text(customer.roles),
        customer.password_hash,
        customer.password_version,
        customer.version,
        microseconds(customer.created_at),
        microseconds(customer.updated_at),
        optional_microseconds(customer.expires_at),
    )


def customer_from_row(row: tuple[Any, ...], tokens: dict[TokenPurpose, StoredToken]) -> Customer:
    """The customer of ``row``, with its ``tokens``."""
    profile: dict[str, Any] = json.loads(row[4])
    texts: dict[str, Any] = {name: profile.get(name, "") for name in PROFILE}
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
        expires_at=from_optional(row[11]),
        email_verification=tokens.get(TokenPurpose.VERIFY_EMAIL),
        password_reset=tokens.get(TokenPurpose.RESET_PASSWORD),
        **texts,
    )


def roles_to_text(roles: Iterable[str]) -> str:
    """Roles, sorted, with a space between them: no role contains one."""
    return " ".join(sorted(roles))


def roles_from_text(text: str) -> frozenset[str]:
    """The roles in ``text``."""
    return frozenset(text.split())


def read_customer(connection: sqlite3.Connection, customer_id: str) -> Customer | None:
    """The customer with its tokens, or None. Its end is not considered."""
    row = connection.execute(
        f"SELECT {CUSTOMER} FROM customer WHERE customer_id = ?",  # noqa: S608 (a constant)
        (customer_id,),
    ).fetchone()
    if row is None:
        return None
    return customer_from_row(row, _read_tokens(connection, customer_id))


def write_customer(connection: sqlite3.Connection, customer: Customer) -> None:
    """Store the row of ``customer`` and its tokens, in place of what is stored."""
    row = customer_to_row(customer)
    marks = ", ".join("?" for _ in row)
    updates = ", ".join(f"{name} = excluded.{name}" for name in CUSTOMER.split(", ")[1:])
    connection.execute(
        f"INSERT INTO customer ({CUSTOMER}) VALUES ({marks})"  # noqa: S608 (constants)
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


def read_sessions(connection: sqlite3.Connection, customer: Customer) -> tuple[Session, ...]:
    """The stored sessions of ``customer``."""
    rows = connection.execute(
        "SELECT session_id, issued_at, expires_at, device FROM session WHERE customer_id = ?",
        (customer.customer_id,),
    )
    return tuple(
        Session(
            session_id,
            customer.customer_id,
            customer.roles,
            from_microseconds(issued_at),
            from_microseconds(expires_at),
            customer.email_verified,
            device,
        )
        for session_id, issued_at, expires_at, device in rows
    )


def write_session(connection: sqlite3.Connection, session: Session) -> None:
    """Store ``session``, in place of the stored one with the same id."""
    connection.execute(
        "INSERT OR REPLACE INTO session VALUES (?, ?, ?, ?, ?)",
        (
            session.customer_id,
            session.session_id,
            microseconds(session.issued_at),
            microseconds(session.expires_at),
            session.device,
        ),
    )


def read_revocations(connection: sqlite3.Connection, customer_id: str) -> tuple[Revocation, ...]:
    """The revocations of a customer."""
    rows = connection.execute(
        "SELECT session_id, at FROM revocation WHERE customer_id = ?", (customer_id,)
    )
    return tuple(Revocation(session_id, from_microseconds(at)) for session_id, at in rows)


def read_devices(connection: sqlite3.Connection, customer_id: str) -> tuple[Device, ...]:
    """The known devices of a customer."""
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
