"""Reads everything that a file of SQLite contains, without the service."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from support.stores.snapshot import StoreSnapshot

from cybershop_customer import CustomerWithSessions, SessionChange
from cybershop_customer.adapters.sqlite.customer_rows import read_customer, read_sessions
from cybershop_customer.adapters.sqlite.records import record_from_text

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def read_snapshot(path: Path) -> StoreSnapshot:
    """Read all tables, in one transaction."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        accounts: dict[str, CustomerWithSessions] = {}
        for (customer_id,) in connection.execute("SELECT customer_id FROM customer").fetchall():
            customer = read_customer(connection, customer_id)
            assert customer is not None
            accounts[customer_id] = CustomerWithSessions(
                customer, read_sessions(connection, customer)
            )
        records = connection.execute("SELECT record FROM audit_record ORDER BY position")
        published = connection.execute(
            "SELECT position, customer_id FROM session_change ORDER BY position"
        )
        return StoreSnapshot(
            accounts,
            dict(connection.execute("SELECT email_key, customer_id FROM email_guard")),
            tuple(record_from_text(text) for (text,) in records),
            tuple(SessionChange(*row) for row in published),
        )


def damage(path: Path) -> list[str]:
    """What SQLite finds wrong with the file; nothing if it is whole."""
    with closing(sqlite3.connect(path)) as connection:
        found = [text for (text,) in connection.execute("PRAGMA integrity_check")]
        orphans = [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
    return [text for text in found if text != "ok"] + orphans
