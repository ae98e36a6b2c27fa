"""Everything that a store contains, as one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from cybershop_customer import AuditRecord, CustomerWithSessions, SessionChange


@dataclass(frozen=True)
class StoreSnapshot:
    """Customers with their sessions, the owner of each e-mail key, and the audit log."""

    accounts: Mapping[str, CustomerWithSessions]
    """By customer_id."""
    email_owners: Mapping[str, str]
    """The customer_id of each e-mail key."""
    records: tuple[AuditRecord, ...]
    session_changes: tuple[SessionChange, ...] = ()
    """What the session change feed publishes, if it is on."""
