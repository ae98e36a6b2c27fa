"""Reads everything that an operation could have changed, to compare it before and after."""

from dataclasses import dataclass
from datetime import UTC, datetime

from cybershop_customer import AuditRecord, Customer, Device, Revocation, Session, Storage

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class StoredState:
    """What is stored about one customer, and the owners of some e-mail keys."""

    customer: Customer | None
    sessions: frozenset[Session]
    revocations: frozenset[Revocation]
    devices: frozenset[Device]
    log: tuple[AuditRecord, ...]
    email_owners: tuple[str | None, ...]


def read_state(storage: Storage, customer_id: str, *email_keys: str | None) -> StoredState:
    """Read the state of one customer, and the owner of each e-mail key."""
    return StoredState(
        storage.customers.get(customer_id, now=BEGINNING),
        sessions_of(storage, customer_id),
        revocations_of(storage, customer_id),
        devices_of(storage, customer_id),
        log_of(storage, customer_id),
        tuple(storage.customers.find_id_by_email(key) for key in email_keys if key is not None),
    )


def log_of(storage: Storage, customer_id: str) -> tuple[AuditRecord, ...]:
    """Every record of a customer, oldest first."""
    page = storage.audit_log.read(customer_id, since=BEGINNING, until=END, after=None, limit=1000)
    assert page.next_cursor is None
    return page.records


def sessions_of(storage: Storage, customer_id: str) -> frozenset[Session]:
    """Every stored session of a customer; empty without a customer."""
    account = storage.sessions.get_with_sessions(customer_id, now=BEGINNING)
    return frozenset() if account is None else frozenset(account.sessions)


def revocations_of(storage: Storage, customer_id: str) -> frozenset[Revocation]:
    """Every stored revocation of a customer; empty without a customer."""
    account = storage.sessions.get_with_sessions(customer_id, now=BEGINNING)
    return frozenset() if account is None else frozenset(account.revocations)


def devices_of(storage: Storage, customer_id: str) -> frozenset[Device]:
    """Every known device of a customer; empty without a customer."""
    account = storage.sessions.get_with_sessions(customer_id, now=BEGINNING)
    return frozenset() if account is None else frozenset(account.devices)
