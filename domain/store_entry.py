"""What a store keeps, as entries that can be copied to another store.

Login budgets and the session change feed are no entries: both only matter for a short time.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeAlias

from .audit import AuditRecord
from .session import CustomerWithSessions


class EntryKind(StrEnum):
    """The kinds of entries. The text is the plural, for an operator."""

    CUSTOMER = "customers"
    EMAIL_GUARD = "e-mail guards"
    TOMBSTONE = "tombstones"
    AUDIT_RECORD = "audit records"


@dataclass(frozen=True, slots=True)
class CustomerEntry:
    """A customer with the tokens, all sessions, the revocations and the known devices."""

    kind: ClassVar[EntryKind] = EntryKind.CUSTOMER

    stored: CustomerWithSessions

    @property
    def customer_id(self) -> str:
        """Whose entry this is."""
        return self.stored.customer.customer_id

    def has_ended(self, now: datetime) -> bool:
        """Whether the customer counts as absent at ``now``."""
        return not self.stored.customer.exists_at(now)


@dataclass(frozen=True, slots=True)
class EmailGuardEntry:
    """Reserves an email key for one customer."""

    kind: ClassVar[EntryKind] = EntryKind.EMAIL_GUARD

    email_key: str = field(repr=False)
    customer_id: str

    def has_ended(self, now: datetime) -> bool:  # noqa: ARG002 (the same question to each entry)
        """Return False: a guard stays until its customer releases it."""
        return False


@dataclass(frozen=True, slots=True)
class TombstoneEntry:
    """Keeps the id of a deleted customer from being given again."""

    kind: ClassVar[EntryKind] = EntryKind.TOMBSTONE

    customer_id: str
    kept_until: datetime

    def has_ended(self, now: datetime) -> bool:
        """Whether the id is free at ``now``."""
        return self.kept_until <= now


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """An audit record, and when its retention ends."""

    kind: ClassVar[EntryKind] = EntryKind.AUDIT_RECORD

    record: AuditRecord
    kept_until: datetime | None
    """In whole seconds; None if the record is kept for ever."""

    @property
    def customer_id(self) -> str:
        """Whose record this is; ``-`` for a record of no customer."""
        return self.record.customer_id

    def has_ended(self, now: datetime) -> bool:
        """Whether the retention is over at ``now``."""
        return self.kept_until is not None and self.kept_until <= now


StoreEntry: TypeAlias = CustomerEntry | EmailGuardEntry | TombstoneEntry | AuditEntry
"""An entry of any kind."""
