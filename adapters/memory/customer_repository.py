"""Customers in memory."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ...domain.audit import AuditRecord
from ...domain.customer import Customer, CustomerUpdate
from ...domain.errors import (
    CustomerExistsError,
    CustomerNotFoundError,
    EmailTakenError,
    VersionConflictError,
)
from ...ports.customer_repository import CustomerRepository
from .tables import Row, Tables


class MemoryCustomerRepository(CustomerRepository):
    """Keeps customers in ``tables``. Each method is one atomic step."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def get(self, customer_id: str) -> Customer | None:
        row = self._tables.rows.get(customer_id)
        return None if row is None else row.customer

    def find_id_by_email(self, email_key: str) -> str | None:
        return self._tables.email_owners.get(email_key)

    def is_taken(self, customer_id: str, *, now: datetime, reuse: bool = False) -> bool:
        tables = self._tables
        return customer_id in tables.rows or tables.tombstones.keeps_id(
            customer_id, now=now, reuse=reuse
        )

    def add(self, customer: Customer, record: AuditRecord, *, reuse: bool = False) -> None:
        tables = self._tables
        with tables.lock:
            if self.is_taken(customer.customer_id, now=record.at, reuse=reuse):
                raise CustomerExistsError(customer.customer_id)
            if customer.email_key in tables.email_owners:
                raise EmailTakenError
            tables.tombstones.remove(customer.customer_id)
            tables.rows[customer.customer_id] = Row(customer)
            if customer.email_key is not None:
                tables.email_owners[customer.email_key] = customer.customer_id
            tables.log(record)

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        tables = self._tables
        with tables.lock:
            row = self._require_version(update.customer_id, update.if_version)
            profile: dict[str, Any] = dict(update.profile)
            customer = replace(
                row.customer,
                **profile,
                version=update.if_version + 1,
                updated_at=record.at,
            )
            if update.roles is not None:
                customer = replace(customer, roles=update.roles)
            if update.password_hash is not None:
                row = replace(row.without_sessions(record.at), devices={})
                customer = replace(
                    customer,
                    password_hash=update.password_hash,
                    password_version=customer.password_version + 1,
                )
            if update.email is not None:
                email = update.email
                owner = tables.email_owners.get(email.key) if email.key is not None else None
                if owner not in (None, update.customer_id):
                    raise EmailTakenError
                customer = replace(customer, email=email.address, email_key=email.key)
                if email.old_key is not None:
                    tables.email_owners.pop(email.old_key, None)
                if email.key is not None:
                    tables.email_owners[email.key] = update.customer_id
            tables.rows[update.customer_id] = replace(row, customer=customer)
            for key in update.reset_budgets:
                tables.login_budgets.reset(key)
            tables.log(record)
            if update.changes_sessions:
                tables.publish_change(record)

    def delete(
        self, customer: Customer, record: AuditRecord, *, id_kept_until: datetime | None = None
    ) -> None:
        tables = self._tables
        with tables.lock:
            row = self._require_version(customer.customer_id, customer.version)
            del tables.rows[customer.customer_id]
            if id_kept_until is not None:
                tables.tombstones.add(customer.customer_id, id_kept_until, record.at)
            if row.customer.email_key is not None:
                tables.email_owners.pop(row.customer.email_key, None)
            tables.log(record)
            tables.publish_change(record)

    def _require_version(self, customer_id: str, version: int) -> Row:
        row = self._tables.rows.get(customer_id)
        if row is None:
            raise CustomerNotFoundError(customer_id)
        if row.customer.version != version:
            raise VersionConflictError(customer_id)
        return row
