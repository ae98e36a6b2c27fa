"""Customers on DynamoDB."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Final

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.customer_addition import AdditionRefusal, CustomerAddition
from ...domain.customer_page import StoredCustomerPage
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
from .attributes import number, read_text, text
from .customer_item import customer_from_item, customer_to_item
from .customer_scan import scan_customers
from .database import Database, Write, to_delete, to_replace, to_update
from .email_guard import guard_to_item
from .expiry import EXPIRES_AT, require_not_ended
from .gateway import ConditionFailedError
from .keys import customer_key, guard_key, registration_key
from .login_throttle import budget_resets
from .one_time_tokens import token_to_value
from .registration_item import put_registration, registration_from_item
from .schema import SCHEMA_VALUE, refuse_newer_schema
from .tombstone import KEPT_UNTIL, keeps_id, put_on_free_id, tombstone
from .update_expression import require_version, write_update

_KNOWN_SCHEMA: Final = "(attribute_not_exists(#schema) OR #schema <= :schema)"
"""The condition that no newer version of the service wrote the guard item."""


class DynamoDBCustomerRepository(CustomerRepository):
    """Keeps customers in the table ``customer``. Each change is one transaction with its record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, customer_id: str, *, now: datetime) -> Customer | None:
        item = self._database.get_customer(customer_id, now=now)
        return None if item is None else customer_from_item(item)

    def find_id_by_email(self, email_key: str) -> str | None:
        # An eventually consistent read is enough: a login then reads the customer strongly.
        item = self._database.get(guard_key(email_key), strong=False)
        if item is None:
            return None
        refuse_newer_schema(item)
        return read_text(item, "customer_id")

    def read_page(self, *, now: datetime, after: str | None, limit: int) -> StoredCustomerPage:
        return scan_customers(self._database, now=now, after=after, limit=limit)

    def is_taken(self, customer_id: str, *, now: datetime, reuse: bool = False) -> bool:
        key = customer_key(customer_id)
        item = self._database.get(key, strong=False, attributes=(KEPT_UNTIL, EXPIRES_AT))
        return item is not None and keeps_id(item, now=now, reuse=reuse)

    def add(
        self,
        customer: Customer,
        record: AuditRecord,
        *,
        reuse: bool = False,
        registration: KeyedRegistration | None = None,
    ) -> None:
        item, table = customer_to_item(customer), self._database.customer_table
        put = put_on_free_id(item, table, now=record.at, reuse=reuse)
        writes: list[Write] = [{"Put": put}]
        if customer.email_key is not None:
            writes.append(self._reserve(customer.email_key, customer.customer_id))
        emails_end = len(writes)
        if registration is not None:
            writes.append({"Put": put_registration(registration, table, now=record.at)})
        try:
            self._database.transact(record, *writes)
        except ConditionFailedError as error:
            if error.index == 0:
                raise CustomerExistsError(customer.customer_id) from error
            if error.index < emails_end:
                raise EmailTakenError from error
            raise IdempotencyKeyReusedError from error

    def add_each(
        self, additions: Sequence[CustomerAddition], *, reuse: bool = False, at_a_time: int = 1
    ) -> list[AdditionRefusal | None]:
        with ThreadPoolExecutor(at_a_time) as threads:
            return [*threads.map(partial(try_to_add, customers=self, reuse=reuse), additions)]

    def find_registration(self, key_hash: str, *, now: datetime) -> KeyedRegistration | None:
        item = self._database.get(registration_key(key_hash), strong=True)
        return None if item is None else registration_from_item(item, key_hash, now)

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        change = self._database.new_change(update.customer_id)
        write_update(change, update, record.at)
        try:
            guards = self._guard_writes(update.email, update.customer_id)
            resets = budget_resets(self._database.customer_table, update.reset_budgets)
            publish = update.changes_sessions
            writes = [to_update(change), *guards, *resets]
            self._database.transact(record, *writes, publish=publish)
        except ConditionFailedError as error:
            if error.index == 0:
                raise _conflict(update.customer_id, error, record.at) from error
            raise EmailTakenError from error

    def issue_token(self, issue: TokenIssue, record: AuditRecord) -> None:
        change = self._database.new_change(issue.customer_id)
        require_not_ended(change, record.at)
        version = change.value(number(issue.if_password_version))
        change.require(f"{change.path('password_version')} = {version}")
        email = change.path("email")
        if issue.if_email is None:
            change.require(f"attribute_not_exists({email})")
        else:
            change.require(f"{email} = {change.value(text(issue.if_email))}")
        token = token_to_value(issue.token, issue.if_password_version)
        change.set(change.path(issue.purpose.value), change.value(token))
        try:
            self._database.transact(record, to_update(change))
        except ConditionFailedError as error:
            raise VersionConflictError(issue.customer_id) from error

    def delete(
        self, customer: Customer, record: AuditRecord, *, id_kept_until: datetime | None = None
    ) -> None:
        change = self._database.new_change(customer.customer_id)
        require_version(change, customer.version)
        require_not_ended(change, record.at)
        if id_kept_until is None:
            writes = [to_delete(change)]
        else:
            writes = [to_replace(change, tombstone(customer.customer_id, id_kept_until))]
        if customer.email_key is not None:
            writes.append(self._release(customer.email_key))
        try:
            self._database.transact(record, *writes, publish=True)
        except ConditionFailedError as error:
            raise _conflict(customer.customer_id, error, record.at) from error

    def _guard_writes(self, email: EmailChange | None, customer_id: str) -> list[Write]:
        """The writes that reserve the new email key and release the old one, if they differ."""
        if email is None or email.key == email.old_key:
            return []
        reserve = [] if email.key is None else [self._reserve(email.key, customer_id)]
        release = [] if email.old_key is None else [self._release(email.old_key)]
        return reserve + release

    def _reserve(self, key: str, customer_id: str) -> Write:
        put = {
            "TableName": self._database.customer_table,
            "Item": guard_to_item(key, customer_id),
            "ConditionExpression": (
                f"attribute_not_exists(#pk) OR (#owner = :owner AND {_KNOWN_SCHEMA})"
            ),
            "ExpressionAttributeNames": {"#pk": "pk", "#owner": "customer_id", "#schema": "schema"},
            "ExpressionAttributeValues": {":owner": text(customer_id), ":schema": SCHEMA_VALUE},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        return {"Put": put}

    def _release(self, key: str) -> Write:
        # No condition on the owner: at the version that the transaction requires, the customer
        # owns the key.
        deletion = {
            "TableName": self._database.customer_table,
            "Key": {"pk": text(guard_key(key))},
            "ConditionExpression": _KNOWN_SCHEMA,
            "ExpressionAttributeNames": {"#schema": "schema"},
            "ExpressionAttributeValues": {":schema": SCHEMA_VALUE},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        return {"Delete": deletion}


def _conflict(
    customer_id: str, error: ConditionFailedError, now: datetime
) -> CustomerNotFoundError | VersionConflictError:
    """The error for a customer's item that did not meet its condition."""
    end = error.found_moment(EXPIRES_AT)
    has_ended = end is not None and end <= now
    if not error.found or has_ended or error.found_attribute(KEPT_UNTIL):
        return CustomerNotFoundError(customer_id)
    return VersionConflictError(customer_id)
