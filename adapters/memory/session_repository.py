"""Sessions in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.device import Device, DeviceUse
from ...domain.errors import VersionConflictError
from ...domain.session import CustomerWithSessions, LiveBounds, Revocation, Session
from ...domain.session_opening import SessionOpening
from ...ports.session_repository import SessionRepository
from .tables import Row, Tables


class MemorySessionRepository(SessionRepository):
    """Keeps sessions in ``tables``, with their customers. Each method is one atomic step."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get_with_sessions(self, customer_id: str, *, now: datetime) -> CustomerWithSessions | None:
        row = self._tables.find_row(customer_id, now)
        if row is None:
            return None
        sessions = tuple(_current(session, row.customer) for session in row.sessions.values())
        return CustomerWithSessions(
            row.customer, sessions, tuple(row.revocations.values()), tuple(row.devices.values())
        )

    def find(self, customer_id: str, session_id: str) -> Session | Revocation | None:
        row = self._tables.rows.get(customer_id)
        if row is None:
            return None
        session = row.sessions.get(session_id)
        if session is None:
            return row.revocations.get(session_id)
        return _current(session, row.customer)

    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        tables, session, removed = self._tables, opening.session, opening.removed_ids
        customer_id = session.customer_id
        with tables.lock:
            row = tables.find_row(customer_id, record.at)
            if row is None or row.customer.password_version != opening.password_version:
                raise VersionConflictError(customer_id)
            if any(session_id not in row.sessions for session_id in removed):
                raise VersionConflictError(customer_id)
            sessions = {key: kept for key, kept in row.sessions.items() if key not in removed}
            sessions[session.session_id] = session
            if len(sessions) > opening.max_sessions:
                raise VersionConflictError(customer_id)
            customer = row.customer
            if opening.password_hash is not None:
                customer = replace(customer, password_hash=opening.password_hash)
            if opening.keeps_customer:
                customer = replace(customer, expires_at=None)
            revocations = row.revocations
            if opening.revocations is not None:
                revocations = {kept.session_id: kept for kept in opening.revocations}
            devices = row.devices
            if opening.device_use is not None:
                if not opening.device_use.was_planned_for(len(devices)):
                    raise VersionConflictError(customer_id)
                devices = _after_use(devices, opening.device_use)
            tables.rows[customer_id] = Row(customer, sessions, revocations, devices)
            tables.log(record)
            if opening.changes_sessions:
                tables.publish_change(record)

    def extend(self, session: Session, expires_at: datetime) -> None:
        tables = self._tables
        with tables.lock:
            row = tables.rows.get(session.customer_id)
            stored = None if row is None else row.sessions.get(session.session_id)
            if row is not None and stored is not None and stored.expires_at < expires_at:
                extended = replace(stored, expires_at=expires_at)
                sessions = {**row.sessions, session.session_id: extended}
                tables.rows[session.customer_id] = replace(row, sessions=sessions)

    def close(
        self, customer_id: str, session_id: str, live: LiveBounds, record: AuditRecord
    ) -> bool:
        tables = self._tables
        with tables.lock:
            row = tables.rows.get(customer_id)
            session = None if row is None else row.sessions.get(session_id)
            if row is None or session is None or not live.include(session):
                return False
            sessions = {key: kept for key, kept in row.sessions.items() if key != session_id}
            revocations = {**row.revocations, session_id: Revocation(session_id, live.now)}
            tables.rows[customer_id] = replace(row, sessions=sessions, revocations=revocations)
            tables.log(record)
            tables.publish_change(record)
            return True

    def close_others(self, session: Session, record: AuditRecord) -> bool:
        tables, customer_id = self._tables, session.customer_id
        with tables.lock:
            row = tables.rows.get(customer_id)
            if row is None or session.session_id not in row.sessions:
                return False
            tables.rows[customer_id] = _without_wish(row.with_only(session, record.at))
            tables.log(record)
            tables.publish_change(record)
            return True

    def close_all(self, customer_id: str, record: AuditRecord) -> bool:
        tables = self._tables
        with tables.lock:
            row = tables.find_row(customer_id, record.at)
            if row is None:
                return False
            tables.rows[customer_id] = _without_wish(row.with_only(None, record.at))
            tables.log(record)
            tables.publish_change(record)
            return True


def _without_wish(row: Row) -> Row:
    """The row, where no link proves an address."""
    return replace(row, customer=replace(row.customer, email_verification=None))


def _current(session: Session, customer: Customer) -> Session:
    """The session with what its customer has now; it may have changed since the login."""
    roles, verified = customer.roles, customer.email_verified
    # The usual case is the same set, which is found faster than an equal one.
    same_roles = session.roles is roles or session.roles == roles
    if same_roles and session.email_verified == verified:
        return session
    return replace(session, roles=roles, email_verified=verified)


def _after_use(known: Mapping[str, Device], use: DeviceUse) -> Mapping[str, Device]:
    kept = {key: device for key, device in known.items() if key not in use.forgotten}
    return {**kept, use.device.device_id: use.device}
