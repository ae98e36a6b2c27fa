"""The entries of a copy as rows of their tables."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ...domain.epoch_time import from_microseconds, from_seconds, microseconds
from ...domain.errors import StoreFaultError
from ...domain.session import CustomerWithSessions
from ...domain.store_entry import (
    AuditEntry,
    CustomerEntry,
    EmailGuardEntry,
    StoreEntry,
    TombstoneEntry,
)
from .customer_rows import read_with_sessions, replace_devices, write_customer, write_tombstone
from .records import record_from_text, record_to_text
from .session_rows import replace_revocations, write_session

_Row: TypeAlias = tuple[Any, ...]

_FOR_EVER: Final = 2**63 - 1
"""The end of an audit record that is kept for ever; another store may have such records."""


@dataclass(frozen=True, slots=True)
class EntryTable:
    """A table with one row for each entry: its primary key, what to read, and what a row is."""

    name: str
    key: tuple[str, ...]
    columns: str
    to_entry: Callable[[sqlite3.Connection, _Row], StoreEntry]


def write_entry(connection: sqlite3.Connection, entry: StoreEntry) -> None:
    """Store ``entry`` in place of a stored one with its key, in the transaction of the caller."""
    match entry:
        case CustomerEntry():
            _write_customer(connection, entry.stored)
        case EmailGuardEntry():
            connection.execute(
                "INSERT OR REPLACE INTO email_guard VALUES (?, ?)",
                (entry.email_key, entry.customer_id),
            )
        case TombstoneEntry():
            write_tombstone(connection, entry.customer_id, entry.kept_until)
        case AuditEntry():
            record, end = entry.record, entry.kept_until
            connection.execute(
                "INSERT OR REPLACE INTO audit_record VALUES (?, ?, ?, ?)",
                (
                    record.customer_id,
                    record.position,
                    record_to_text(record),
                    _FOR_EVER if end is None else microseconds(end),
                ),
            )


def _write_customer(connection: sqlite3.Connection, stored: CustomerWithSessions) -> None:
    customer_id = stored.customer.customer_id
    write_customer(connection, stored.customer)
    connection.execute("DELETE FROM session WHERE customer_id = ?", (customer_id,))
    for session in stored.sessions:
        write_session(connection, session)
    replace_revocations(connection, customer_id, stored.revocations)
    replace_devices(connection, customer_id, stored.devices)


def _customer(connection: sqlite3.Connection, row: _Row) -> CustomerEntry:
    (customer_id,) = row
    stored = read_with_sessions(connection, customer_id)
    if stored is None:
        raise StoreFaultError("the file changed while it was read: run the command again")
    return CustomerEntry(stored)


def _guard(_connection: sqlite3.Connection, row: _Row) -> EmailGuardEntry:
    return EmailGuardEntry(*row)


def _tombstone(_connection: sqlite3.Connection, row: _Row) -> TombstoneEntry:
    customer_id, kept_until = row
    return TombstoneEntry(customer_id, from_microseconds(kept_until))


def _record(_connection: sqlite3.Connection, row: _Row) -> AuditEntry:
    _, _, record, expires_at = row
    # Whole seconds, as DynamoDB keeps it.
    end = None if expires_at == _FOR_EVER else from_seconds(expires_at // 1_000_000)
    return AuditEntry(record_from_text(record), end)


ENTRY_TABLES: Final = (
    EntryTable("customer", ("customer_id",), "customer_id", _customer),
    EntryTable("email_guard", ("email_key",), "email_key, customer_id", _guard),
    EntryTable("tombstone", ("customer_id",), "customer_id, kept_until", _tombstone),
    EntryTable(
        "audit_record",
        ("customer_id", "position"),
        "customer_id, position, record, expires_at",
        _record,
    ),
)
"""The tables in the order in which they are read."""

OTHER_TABLES: Final = ("login_budget", "registration", "session_change")
"""The tables that are not copied. The others hold parts of a customer."""
