"""Customers in the file."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.customer_addition import AdditionRefusal, CustomerAddition
from ...domain.customer_page import StoredCustomerPage
from ...domain.customer_update import CustomerUpdate, EmailChange
from ...domain.epoch_time import microseconds
from ...domain.errors import (
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    VersionConflictError,
)
from ...domain.idempotency_key import KeyedRegistration
from ...domain.one_time_token import TokenIssue
from ...ports.customer_repository import CustomerRepository
from .customer_rows import (
    read_customer,
    read_customer_page,
    replace_devices,
    write_customer,
    write_token,
    write_tombstone,
)
from .database import Database
from .login_throttle import reset_budgets
from .registration_rows import FIND_REGISTRATION, add_registration, registration_from_row
from .session_rows import revoke_sessions, write_session


class SQLiteCustomerRepository(CustomerRepository):
    """Keeps customers in the file. Each change is one transaction with its record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, customer_id: str, *, now: datetime) -> Customer | None:
        with self._database.reading() as connection:
            return _find(connection, customer_id, now)

    def find_id_by_email(self, email_key: str) -> str | None:
        row = self._database.read_one(
            "SELECT customer_id FROM email_guard WHERE email_key = ?", (email_key,)
        )
        return None if row is None else row[0]

    def read_page(self, *, now: datetime, after: str | None, limit: int) -> StoredCustomerPage:
        with self._database.reading() as connection:
            return read_customer_page(connection, now=now, after=after, limit=limit)

    def is_taken(self, customer_id: str, *, now: datetime, reuse: bool = False) -> bool:
        with self._database.reading() as connection:
            return _is_taken(connection, customer_id, now, reuse=reuse)

    def add(
        self,
        customer: Customer,
        record: AuditRecord,
        *,
        reuse: bool = False,
        registration: KeyedRegistration | None = None,
    ) -> None:
        with self._database.changing() as connection:
            refusal = _refusal(connection, customer, record.at, reuse=reuse)
            if refusal is not None:
                raise refusal
            self._write_new(connection, customer, record)
            if registration is not None:
                add_registration(connection, registration, record.at)

    def add_each(
        self,
        additions: Sequence[CustomerAddition],
        *,
        reuse: bool = False,
        at_a_time: int = 1,  # noqa: ARG002
    ) -> list[AdditionRefusal | None]:
        # One transaction: the wait for the disk takes longer than all the rest.
        results: list[AdditionRefusal | None] = []
        with self._database.changing() as connection:
            for addition in additions:
                customer, record = addition.customer, addition.record
                refusal = _refusal(connection, customer, record.at, reuse=reuse)
                if refusal is None:
                    self._write_new(connection, customer, record)
                results.append(refusal)
        return results

    def find_registration(self, key_hash: str, *, now: datetime) -> KeyedRegistration | None:
        row = self._database.read_one(FIND_REGISTRATION, (key_hash, microseconds(now)))
        return None if row is None else registration_from_row(key_hash, row)

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        customer_id = update.customer_id
        with self._database.changing() as connection:
            current = _require_version(connection, customer_id, update.if_version, record.at)
            if update.if_token is not None and not update.if_token.is_met_by(current):
                raise VersionConflictError(customer_id)
            write_customer(connection, update.applied_to(current, record.at))
            if update.email is not None:
                _move_key(connection, update.email, customer_id)
            if update.removes_sessions:
                revoke_sessions(connection, customer_id, record.at)
            if update.session is not None:
                write_session(connection, update.session)
            if update.password_hash is not None:
                replace_devices(connection, customer_id, [update.device] if update.device else [])
            reset_budgets(connection, update.reset_budgets)
            self._database.log(connection, record)
            if update.changes_sessions:
                self._database.publish_change(connection, record)

    def issue_token(self, issue: TokenIssue, record: AuditRecord) -> None:
        with self._database.changing() as connection:
            customer = _find(connection, issue.customer_id, record.at)
            if customer is None or (customer.email, customer.password_version) != (
                issue.if_email,
                issue.if_password_version,
            ):
                raise VersionConflictError(issue.customer_id)
            write_token(connection, issue.customer_id, issue.purpose, issue.token)
            self._database.log(connection, record)

    def delete(
        self, customer: Customer, record: AuditRecord, *, id_kept_until: datetime | None = None
    ) -> None:
        customer_id = customer.customer_id
        with self._database.changing() as connection:
            _require_version(connection, customer_id, customer.version, record.at)
            # The sessions, the devices, the tokens and the guard go with it.
            connection.execute("DELETE FROM customer WHERE customer_id = ?", (customer_id,))
            if id_kept_until is not None:
                write_tombstone(connection, customer_id, id_kept_until)
            self._database.log(connection, record)
            self._database.publish_change(connection, record)

    def _write_new(
        self, connection: sqlite3.Connection, customer: Customer, record: AuditRecord
    ) -> None:
        """Store a customer that nothing refuses, with its key and its record."""
        # What is left of a customer that has ended.
        connection.execute("DELETE FROM customer WHERE customer_id = ?", (customer.customer_id,))
        connection.execute("DELETE FROM tombstone WHERE customer_id = ?", (customer.customer_id,))
        write_customer(connection, customer)
        if customer.email_key is not None:
            _reserve(connection, customer.email_key, customer.customer_id)
        self._database.log(connection, record)


def _find(connection: sqlite3.Connection, customer_id: str, now: datetime) -> Customer | None:
    customer = read_customer(connection, customer_id)
    return customer if customer is not None and customer.exists_at(now) else None


def _require_version(
    connection: sqlite3.Connection, customer_id: str, version: int, now: datetime
) -> Customer:
    customer = _find(connection, customer_id, now)
    if customer is None:
        raise CustomerNotFoundError(customer_id)
    if customer.version != version:
        raise VersionConflictError(customer_id)
    return customer


def _is_taken(
    connection: sqlite3.Connection, customer_id: str, now: datetime, *, reuse: bool
) -> bool:
    values: dict[str, Any] = {"id": customer_id, "now": microseconds(now), "reuse": reuse}
    return (
        connection.execute(
            "SELECT 1 FROM customer WHERE customer_id = :id"
            " AND (expires_at IS NULL OR expires_at > :now)"
            " UNION ALL SELECT 1 FROM tombstone WHERE customer_id = :id AND NOT :reuse"
            " AND kept_until > :now",
            values,
        ).fetchone()
        is not None
    )


def _refusal(
    connection: sqlite3.Connection, customer: Customer, now: datetime, *, reuse: bool
) -> AdditionRefusal | None:
    """Why ``customer`` cannot be added, or None. Writes nothing."""
    if _is_taken(connection, customer.customer_id, now, reuse=reuse):
        return CustomerExistsError(customer.customer_id)
    if customer.email_key is None:
        return None
    owner = connection.execute(
        "SELECT customer_id FROM email_guard WHERE email_key = ?", (customer.email_key,)
    ).fetchone()
    return None if owner is None or owner[0] == customer.customer_id else EmailTakenError()


def _reserve(connection: sqlite3.Connection, email_key: str, customer_id: str) -> None:
    connection.execute("INSERT OR IGNORE INTO email_guard VALUES (?, ?)", (email_key, customer_id))
    owner = connection.execute(
        "SELECT customer_id FROM email_guard WHERE email_key = ?", (email_key,)
    ).fetchone()
    if owner[0] != customer_id:
        raise EmailTakenError


def _move_key(connection: sqlite3.Connection, email: EmailChange, customer_id: str) -> None:
    if email.key is not None:
        _reserve(connection, email.key, customer_id)
    if email.old_key is not None and email.old_key != email.key:
        connection.execute("DELETE FROM email_guard WHERE email_key = ?", (email.old_key,))
