"""Sessions in the file."""

import sqlite3
from datetime import datetime
from typing import Final

from ...domain.audit import AuditRecord
from ...domain.device import DeviceUse
from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.errors import VersionConflictError
from ...domain.one_time_token import TokenPurpose
from ...domain.session import CustomerWithSessions, LiveBounds, Revocation, Session
from ...domain.session_opening import SessionOpening
from ...ports.session_repository import SessionRepository
from .customer_rows import read_customer, read_with_sessions, roles_from_text, write_token
from .database import Database
from .session_rows import replace_revocations, revoke_session, revoke_sessions, write_session

_FIND: Final = (
    "SELECT issued_at, session.expires_at, device, roles, email_verified FROM session"
    " JOIN customer USING (customer_id) WHERE customer_id = ? AND session_id = ?"
)


class SQLiteSessionRepository(SessionRepository):
    """Keeps sessions in the file. Each change is one transaction with its record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_with_sessions(self, customer_id: str, *, now: datetime) -> CustomerWithSessions | None:
        with self._database.reading() as connection:
            found = read_with_sessions(connection, customer_id)
        return found if found is not None and found.customer.exists_at(now) else None

    def find(self, customer_id: str, session_id: str) -> Session | Revocation | None:
        row = self._database.read_one(_FIND, (customer_id, session_id))
        if row is not None:
            issued_at, expires_at, device, roles, verified = row
            return Session(
                session_id,
                customer_id,
                roles_from_text(roles),
                from_microseconds(issued_at),
                from_microseconds(expires_at),
                bool(verified),
                device,
            )
        row = self._database.read_one(
            "SELECT at FROM revocation WHERE customer_id = ? AND session_id = ?",
            (customer_id, session_id),
        )
        return None if row is None else Revocation(session_id, from_microseconds(row[0]))

    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        session = opening.session
        customer_id = session.customer_id
        with self._database.changing() as connection:
            customer = read_customer(connection, customer_id)
            if (
                customer is None
                or not customer.exists_at(record.at)
                or customer.password_version != opening.password_version
            ):
                raise VersionConflictError(customer_id)
            for session_id in opening.removed_ids:
                removed = connection.execute(
                    "DELETE FROM session WHERE customer_id = ? AND session_id = ?",
                    (customer_id, session_id),
                )
                if removed.rowcount == 0:
                    raise VersionConflictError(customer_id)
            write_session(connection, session)
            if _count(connection, "session", customer_id) > opening.max_sessions:
                raise VersionConflictError(customer_id)
            _change_customer(connection, opening)
            if opening.revocations is not None:
                replace_revocations(connection, customer_id, opening.revocations)
            if opening.device_use is not None:
                _use_device(connection, customer_id, opening.device_use)
            self._database.log(connection, record)
            if opening.changes_sessions:
                self._database.publish_change(connection, record)

    def extend(self, session: Session, expires_at: datetime) -> None:
        later = microseconds(expires_at)
        with self._database.counting() as connection:
            connection.execute(
                "UPDATE session SET expires_at = ?"
                " WHERE customer_id = ? AND session_id = ? AND expires_at < ?",
                (later, session.customer_id, session.session_id, later),
            )

    def close(
        self, customer_id: str, session_id: str, live: LiveBounds, record: AuditRecord
    ) -> bool:
        with self._database.changing() as connection:
            found = connection.execute(
                "SELECT 1 FROM session WHERE customer_id = ? AND session_id = ?"
                " AND expires_at > ? AND issued_at > ? AND issued_at <= ?",
                (
                    customer_id,
                    session_id,
                    microseconds(live.now),
                    microseconds(live.issued_after),
                    microseconds(live.issued_until),
                ),
            ).fetchone()
            if found is None:
                return False
            revoke_session(connection, customer_id, session_id, live.now)
            self._log_end(connection, record)
            return True

    def close_others(self, session: Session, record: AuditRecord) -> bool:
        customer_id = session.customer_id
        with self._database.changing() as connection:
            stored = connection.execute(
                "SELECT 1 FROM session WHERE customer_id = ? AND session_id = ?",
                (customer_id, session.session_id),
            ).fetchone()
            if stored is None:
                return False
            revoke_sessions(connection, customer_id, record.at, but=session.session_id)
            write_session(connection, session)
            write_token(connection, customer_id, TokenPurpose.VERIFY_EMAIL, None)
            self._log_end(connection, record)
            return True

    def close_all(self, customer_id: str, record: AuditRecord) -> bool:
        with self._database.changing() as connection:
            customer = read_customer(connection, customer_id)
            if customer is None or not customer.exists_at(record.at):
                return False
            revoke_sessions(connection, customer_id, record.at)
            write_token(connection, customer_id, TokenPurpose.VERIFY_EMAIL, None)
            self._log_end(connection, record)
            return True

    def _log_end(self, connection: sqlite3.Connection, record: AuditRecord) -> None:
        self._database.log(connection, record)
        self._database.publish_change(connection, record)


def _change_customer(connection: sqlite3.Connection, opening: SessionOpening) -> None:
    customer_id = opening.session.customer_id
    if opening.password_hash is not None:
        connection.execute(
            "UPDATE customer SET password_hash = ? WHERE customer_id = ?",
            (opening.password_hash, customer_id),
        )
    if opening.keeps_customer:
        connection.execute(
            "UPDATE customer SET expires_at = NULL WHERE customer_id = ?", (customer_id,)
        )


def _use_device(connection: sqlite3.Connection, customer_id: str, use: DeviceUse) -> None:
    """Store the use of a device, if the customer has as many devices as was planned for."""
    if not use.was_planned_for(_count(connection, "device", customer_id)):
        raise VersionConflictError(customer_id)
    connection.executemany(
        "DELETE FROM device WHERE customer_id = ? AND device_id = ?",
        [(customer_id, device_id) for device_id in use.forgotten],
    )
    connection.execute(
        "INSERT OR REPLACE INTO device VALUES (?, ?, ?)",
        (customer_id, use.device.device_id, microseconds(use.device.used_at)),
    )


def _count(connection: sqlite3.Connection, table: str, customer_id: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE customer_id = ?"  # noqa: S608 (a constant)
    return int(connection.execute(query, (customer_id,)).fetchone()[0])
