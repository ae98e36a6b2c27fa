"""Everything that is held on one customer."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from .audit import AuditRecord
from .customer import Customer
from .device import Device
from .session_details import SessionDetails


@dataclass(frozen=True, slots=True)
class CustomerExport:
    """What the service holds on a customer (GDPR, article 15).

    The hashes of the password and of tokens are left out: they say nothing about the customer.
    """

    customer: Customer
    sessions: tuple[SessionDetails, ...]
    devices: tuple[Device, ...]
    records: Iterator[AuditRecord] = field(repr=False)
    """The audit records, oldest first. They are read from the store page by page, so each step may
    raise StoreUnavailableError or StoreFaultError."""
