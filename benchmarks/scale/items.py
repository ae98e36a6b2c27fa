"""The items of the tables, made by the builders of the product, and their sizes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from load import CUSTOMERS, DEVICES_EACH, LOGINS, LOGOUTS, RETENTION_DAYS, SESSIONS_EACH
from support.dynamodb.cost_meter import size

from cybershop_customer import AuditRecord, Customer, Device, Session
from cybershop_customer.adapters.dynamodb.attributes import moment, number, text
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.customer_item import customer_to_item, session_attributes
from cybershop_customer.adapters.dynamodb.devices import device_attributes
from cybershop_customer.adapters.dynamodb.email_guard import guard_to_item
from cybershop_customer.adapters.dynamodb.keys import login_budget_key
from cybershop_customer.adapters.dynamodb.session_change_item import session_change_to_item
from cybershop_customer.domain.attempt import attempt_key

NOW: Final = datetime(2026, 1, 31, 12, 34, 56, 789012, UTC)
EMAIL: Final = "barry_allen@starlabs.com"
# The shop's own sample, as in docs/costs.md.
CUSTOMER: Final = Customer(
    customer_id="567dce7f-b7b4-4efd-b75e-2b98592abe6d21",
    email=EMAIL,
    email_key=EMAIL,
    email_verified=True,
    fname="Allen",
    lname="Barry",
    address1="Earth 1",
    address2="Earth-Prime",
    password_hash="$bcrypt-sha256$v=2,t=2b,r=12$" + 22 * "s" + "$" + 31 * "d",
    version=4_294_967_295,
    password_version=4_294_967_295,
    created_at=NOW,
    updated_at=NOW,
)
LOGIN: Final = AuditRecord(
    record_id="0d9fa3a2-7ae7-4fa1-9a4c-6b1f3a2c9d10",
    customer_id=CUSTOMER.customer_id,
    actor_id=CUSTOMER.customer_id,
    operation_name="login",
    status_code=200,
    message="Logged in.",
    at=NOW,
    source="198.51.100.7",
    request_id="6b1f3a2c-0d9f-4fa1-9a4c-7ae73a2c9d10",
    session_id=22 * "s",
    user_agent="Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
)
LOGOUT: Final = replace(LOGIN, operation_name="logout", message="Logged out.", user_agent=None)


def customer_bytes(sessions: int, devices: int = DEVICES_EACH) -> int:
    """The item of a customer with so many sessions and known devices."""
    opened = [
        Session(
            session_id=f"{number:022}",
            customer_id=CUSTOMER.customer_id,
            roles=frozenset(),
            issued_at=NOW,
            expires_at=NOW + timedelta(minutes=30, microseconds=1),
            device="device",
        )
        for number in range(sessions)
    ]
    known = [Device(f"{number:022}", NOW) for number in range(devices)]
    item = {**customer_to_item(CUSTOMER), **session_attributes(opened), **device_attributes(known)}
    return size(item)


def guard_bytes() -> int:
    """The guard of an e-mail address."""
    return size(guard_to_item(EMAIL, CUSTOMER.customer_id))


def record_bytes(record: AuditRecord) -> int:
    """The item of an audit record."""
    return size(record_to_item(record))


def change_bytes() -> int:
    """An entry of the session change feed."""
    return size(session_change_to_item(LOGOUT, "#sessions"))


def budget_bytes() -> int:
    """A login budget that is not full."""
    key = attempt_key(f"id:{CUSTOMER.customer_id}")
    item = {
        "pk": text(login_budget_key(key)),
        "full_at": moment(NOW),
        "ttl": number(int(NOW.timestamp())),
    }
    return size(item)


def records_kept() -> dict[AuditRecord, int]:
    """How many records of logins and logouts the table ``logger`` has after the retention."""
    seconds = RETENTION_DAYS * 24 * 60 * 60
    return {LOGIN: LOGINS * seconds, LOGOUT: LOGOUTS * seconds}


def table_bytes() -> dict[str, int]:
    """The bytes of both tables, without what AWS adds for each item."""
    customer = CUSTOMERS * (customer_bytes(SESSIONS_EACH) + guard_bytes())
    logger = sum(count * record_bytes(record) for record, count in records_kept().items())
    return {"customer": customer, "logger": logger}


def table_items() -> dict[str, int]:
    """The items of both tables."""
    return {"customer": 2 * CUSTOMERS, "logger": sum(records_kept().values())}
