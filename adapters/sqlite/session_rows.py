"""Sessions and their revocations as rows."""

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from ...domain.customer import Customer
from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.session import Revocation, Session


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


def revoke_sessions(
    connection: sqlite3.Connection, customer_id: str, at: datetime, *, but: str = ""
) -> None:
    """End every session of a customer but the one with the id ``but``, and keep revocations."""
    connection.execute(
        "INSERT OR REPLACE INTO revocation SELECT customer_id, session_id, ? FROM session"
        " WHERE customer_id = ? AND session_id != ?",
        (microseconds(at), customer_id, but),
    )
    connection.execute(
        "DELETE FROM session WHERE customer_id = ? AND session_id != ?", (customer_id, but)
    )


def revoke_session(
    connection: sqlite3.Connection, customer_id: str, session_id: str, at: datetime
) -> None:
    """End one session, and keep its revocation."""
    connection.execute(
        "DELETE FROM session WHERE customer_id = ? AND session_id = ?", (customer_id, session_id)
    )
    connection.execute(
        "INSERT OR REPLACE INTO revocation VALUES (?, ?, ?)",
        (customer_id, session_id, microseconds(at)),
    )


def read_revocations(connection: sqlite3.Connection, customer_id: str) -> tuple[Revocation, ...]:
    """The revocations of a customer."""
    rows = connection.execute(
        "SELECT session_id, at FROM revocation WHERE customer_id = ?", (customer_id,)
    )
    return tuple(Revocation(session_id, from_microseconds(at)) for session_id, at in rows)


def replace_revocations(
    connection: sqlite3.Connection, customer_id: str, revocations: Iterable[Revocation]
) -> None:
    """Store ``revocations`` in place of all those of a customer."""
    connection.execute("DELETE FROM revocation WHERE customer_id = ?", (customer_id,))
    connection.executemany(
        "INSERT INTO revocation VALUES (?, ?, ?)",
        [(customer_id, kept.session_id, microseconds(kept.at)) for kept in revocations],
    )
