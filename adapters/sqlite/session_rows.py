"""Ends stored sessions, and keeps their revocations."""

import sqlite3
from datetime import datetime

from .times import microseconds


def revoke_sessions(
    connection: sqlite3.Connection, customer_id: str, at: datetime, *, but: str = ""
) -> None:
    """End every session of a customer but the one with the id ``but``."""
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
    """End one session."""
    connection.execute(
        "DELETE FROM session WHERE customer_id = ? AND session_id = ?", (customer_id, session_id)
    )
    connection.execute(
        "INSERT OR REPLACE INTO revocation VALUES (?, ?, ?)",
        (customer_id, session_id, microseconds(at)),
    )
