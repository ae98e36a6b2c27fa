"""Customers in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.customer_addition import AdditionRefusal, CustomerAddition
from ...domain.customer_page import StoredCustomerPage
from ...domain.customer_profile import CustomerProfile
from ...domain.customer_update import CustomerUpdate, EmailChange
from ...domain.errors import (
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    VersionConflictError,
)
from ...domain.idempotency_key import KeyedRegistration
from ...domain.one_time_token import TokenIssue
from ...ports.customer_repository import CustomerRepository
from ..customer_additions import try_to_add
from .tables import Row, Tables


class MemoryCustomerRepository(CustomerRepository):
    """Keeps customers in ``tables``. Each method is one atomic step."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, customer_id: str, *, now: datetime) -> Customer | None:
        row = self._tables.find_row(customer_id, now)
        return None if row is None else row.customer

    def find_id_by_email(self, email_key: str) -> str | None:
        return self._tables.email_owners.get(email_key)

    def read_page(self, *, now: datetime, after: str | None, limit: int) -> StoredCustomerPage:
        tables = self._tables
        with tables.lock:
            ids, is_more = tables.customer_ids.read(after=after or "", limit=limit)
            rows = [tables.find_row(customer_id, now) for customer_id in ids]
        customers = (CustomerProfile.of(row.customer) for row in rows if row is not None)
        return StoredCustomerPage(tuple(customers), ids[-1] if is_more else None)

    def is_taken(self, customer_id: str, *, now: datetime, reuse: bool = False) -> bool:
        tables = self._tables
        return tables.find_row(customer_id, now) is not None or tables.tombstones.keeps_id(
            customer_id, now=now, reuse=reuse
        )

    def add(
        self,
        customer: Customer,
        record: AuditRecord,
        *,
        reuse: bool = False,
        registration: KeyedRegistration | None = None,
    ) -> None:
        tables = self._tables
        with tables.lock:
            if self.is_taken(customer.customer_id, now=record.at, reuse=reuse):
                raise CustomerExistsError(customer.customer_id)
            if customer.email_key in tables.email_owners:
                raise EmailTakenError
            if registration is not None:
                if tables.registrations.find(registration.key_hash, record.at) is not None:
                    raise IdempotencyKeyReusedError
                tables.registrations.add(registration, record.at)
            tables.tombstones.remove(customer.customer_id)
            tables.add_row(customer, record.at)
            if customer.email_key is not None:
                tables.email_owners[customer.email_key] = customer.customer_id
            tables.log(record)

    def add_each(
        self,
        additions: Sequence[CustomerAddition],
        *,
        reuse: bool = False,
        at_a_time: int = 1,  # noqa: ARG002
    ) -> list[AdditionRefusal | None]:
        return [try_to_add(addition, customers=self, reuse=reuse) for addition in additions]

    def find_registration(self, key_hash: str, *, now: datetime) -> KeyedRegistration | None:
        return self._tables.registrations.find(key_hash, now)

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        tables = self._tables
        with tables.lock:
            row = self._require_version(update.customer_id, update.if_version, record.at)
            if update.if_token is not None and not update.if_token.is_met_by(row.customer):
                raise VersionConflictError(update.customer_id)
            if update.email is not None:
                self._require_free(update.email.key, update.customer_id)
            customer = update.applied_to(row.customer, record.at)
            if update.removes_sessions:
                row = row.with_only(update.session, record.at)
            if update.password_hash is not None:
                device = update.device
                row = replace(row, devices={} if device is None else {device.device_id: device})
            tables.rows[update.customer_id] = replace(row, customer=customer)
            if update.email is not None:
                self._move_key(update.email, update.customer_id)
            for key in update.reset_budgets:
                tables.login_budgets.reset(key)
            tables.log(record)
            if update.changes_sessions:
                tables.publish_change(record)

    def issue_token(self, issue: TokenIssue, record: AuditRecord) -> None:
        tables = self._tables
        with tables.lock:
            row = tables.find_row(issue.customer_id, record.at)
            if row is None or (row.customer.email, row.customer.password_version) != (
                issue.if_email,
                issue.if_password_version,
            ):
                raise VersionConflictError(issue.customer_id)
            tokens: dict[str, Any] = {issue.purpose.value: issue.token}
            customer = replace(row.customer, **tokens)
            tables.rows[issue.customer_id] = replace(row, customer=customer)
            tables.log(record)

    def delete(
        self, customer: Customer, record: AuditRecord, *, id_kept_until: datetime | None = None
    ) -> None:
        tables = self._tables
        with tables.lock:
            row = self._require_version(customer.customer_id, customer.version, record.at)
            tables.remove_row(customer.customer_id)
            if id_kept_until is not None:
                tables.tombstones.add(customer.customer_id, id_kept_until, record.at)
            if row.customer.email_key is not None:
                tables.email_owners.pop(row.customer.email_key, None)
            tables.log(record)
            tables.publish_change(record)

    def _require_version(self, customer_id: str, version: int, now: datetime) -> Row:
        row = self._tables.find_row(customer_id, now)
        if row is None:
            raise CustomerNotFoundError(customer_id)
        if row.customer.version != version:
            raise VersionConflictError(customer_id)
        return row

    def _require_free(self, email_key: str | None, customer_id: str) -> None:
        owner = None if email_key is None else self._tables.email_owners.get(email_key)
        if owner not in (None, customer_id):
            raise EmailTakenError

    def _move_key(self, email: EmailChange, customer_id: str) -> None:
        owners = self._tables.email_owners
        if email.old_key is not None:
            owners.pop(email.old_key, None)
        if email.key is not None:
            owners[email.key] = customer_id
