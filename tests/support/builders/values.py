"""Builders: each returns a valid value, and takes other values for its fields."""

from datetime import datetime, timedelta
from itertools import count
from os import environ, getpid
from typing import Any
from uuid import UUID

from cybershop_customer import (
    Attempt,
    AuditRecord,
    Charge,
    Customer,
    CustomerUpdate,
    EmailChange,
    KeyedRegistration,
    LiveBounds,
    RateLimit,
    Session,
    SessionOpening,
    Storage,
)
from cybershop_customer.domain.email_address import EmailAddress
from cybershop_customer.domain.one_time_token import StoredToken, TokenIssue, TokenPurpose
from cybershop_customer.entrypoints.testkit.clock import START

NAMES = ("Zoë", "李小龍", "محمد", "Łukasz Ó Briain", "🦊", "e\u0301 is not \u00e9")
"""Names as people write them; the last one is in no Unicode normal form."""

_numbers = count(1)


def unique(prefix: str) -> str:
    """Return a text that no other call returns."""
    return f"{prefix}-{next(_numbers)}"


def a_customer(**fields: Any) -> Customer:
    """A customer with an id and an e-mail address of its own."""
    customer_id = fields.setdefault("customer_id", unique("customer"))
    key = fields.setdefault("email_key", f"{customer_id}@shop.example")
    return Customer(
        **{
            "email": None if key is None else key.title(),
            "password_hash": "a hash",
            "created_at": START,
            "updated_at": START,
            **fields,
        }
    )


def a_session(customer_id: str, **fields: Any) -> Session:
    """A session of a customer, of thirty minutes from ``START``."""
    return Session(
        **{
            "session_id": unique("session"),
            "customer_id": customer_id,
            "roles": frozenset(),
            "issued_at": START,
            "expires_at": START + timedelta(minutes=30),
            **fields,
        }
    )


def an_opening(session: Session, **fields: Any) -> SessionOpening:
    """The opening of ``session``, under conditions that hold."""
    return SessionOpening(
        **{"session": session, "password_version": 1, "max_sessions": 100, **fields}
    )


def live_at(moment: datetime, max_lifetime: timedelta = timedelta(hours=12)) -> LiveBounds:
    """Which sessions are live at ``moment``."""
    return LiveBounds(moment, max_lifetime)


LIVE = live_at(START)
"""Which sessions are live at ``START``."""


def _process() -> int:
    """This process, since DynamoDB Local refuses an id that another worker sent in another record.

    It is 0 while pytest collects: the names of the tests must be the same in each worker.
    """
    return getpid() if "PYTEST_CURRENT_TEST" in environ else 0


def a_record(customer_id: str, **fields: Any) -> AuditRecord:
    """A record with an id of its own, at ``START``."""
    return AuditRecord(
        **{
            "record_id": str(UUID(int=(_process() << 80) + next(_numbers), version=4)),
            "customer_id": customer_id,
            "actor_id": "operator",
            "operation_name": "update_customer",
            "status_code": 200,
            "message": "Done.",
            "at": START,
            **fields,
        }
    )


def an_update(customer: Customer, **fields: Any) -> CustomerUpdate:
    """An update of ``customer`` at its current version; without ``fields`` it changes nothing."""
    return CustomerUpdate(
        **{"customer_id": customer.customer_id, "if_version": customer.version, **fields}
    )


def a_change_of_email(customer: Customer, key: str | None, address: str = "") -> EmailChange:
    """A change from the address of ``customer`` to the one of ``key``."""
    return EmailChange(address=address or str(key), key=key, old_key=customer.email_key)


def an_attempt(limit: int = 4, **fields: Any) -> Attempt:
    """An attempt at ``START``, charged to a budget of its own that refills in 15 minutes."""
    window = fields.pop("window", timedelta(minutes=15))
    key = fields.pop("key", unique("identity"))
    return Attempt(key, fields.pop("at", START), RateLimit(limit, window))


def a_charge(attempt: Attempt | None = None) -> Charge:
    """The charge of an attempt to a full budget."""
    attempt = attempt or an_attempt()
    return Charge(attempt, attempt.at + attempt.rate_limit.interval)


def a_token(
    token_hash: str | None = None,
    expires_at: datetime = START + timedelta(minutes=30),
    *,
    address: str | None = None,
) -> StoredToken:
    """A one-time token as stored; with an ``address``, it proves that one."""
    proven = None if address is None else EmailAddress(address.title(), address)
    return StoredToken(token_hash or unique("token"), expires_at, proven)


def an_issue(customer: Customer, token: StoredToken, **fields: Any) -> TokenIssue:
    """The issue of a token to ``customer``, under conditions that hold.

    A token with an address proves it; another one resets the password.
    """
    purpose = TokenPurpose.RESET_PASSWORD if token.address is None else TokenPurpose.VERIFY_EMAIL
    return TokenIssue(
        **{
            "customer_id": customer.customer_id,
            "purpose": purpose,
            "token": token,
            "if_email": customer.email,
            "if_password_version": customer.password_version,
            **fields,
        }
    )


def a_registration(customer: Customer, **fields: Any) -> KeyedRegistration:
    """What is kept of the registration of ``customer`` with a key of its own, for a day."""
    return KeyedRegistration(
        **{
            "key_hash": unique("key"),
            "fingerprint": "a fingerprint",
            "customer_id": customer.customer_id,
            "version": customer.version,
            "created_at": customer.created_at,
            "expires_at": customer.created_at + timedelta(days=1),
            **fields,
        }
    )


def added(storage: Storage, **fields: Any) -> Customer:
    """Store a customer and return it."""
    customer = a_customer(**fields)
    storage.customers.add(customer, a_record(customer.customer_id))
    return customer


def opened(storage: Storage, customer: Customer, **fields: Any) -> Session:
    """Store a session of ``customer`` and return it."""
    session = a_session(customer.customer_id, **{"roles": customer.roles, **fields})
    opening = an_opening(session, password_version=customer.password_version)
    storage.sessions.open(opening, a_record(customer.customer_id))
    return session
