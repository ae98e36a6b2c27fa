"""Everything that is held on one customer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from .audit import AuditRecord
from .customer import Customer
from .device import Device
from .session import Revocation
from .session_details import SessionDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerExport:
    """What the service holds on a customer (GDPR, article 15). docs/personal-data.md explains it.

    The document that customers get leaves out hashes, which say nothing about the customer.
    """

    exported_at: datetime
    customer: Customer
    sessions: tuple[SessionDetails, ...]
    """Every stored session, oldest first. An expired one is stored until a later login."""
    revocations: tuple[Revocation, ...]
    devices: tuple[Device, ...]
    records: Iterator[AuditRecord] = field(repr=False)
    """The audit records, oldest first. They are read from the store page by page, so each step may
    raise StoreUnavailableError or StoreFaultError."""
