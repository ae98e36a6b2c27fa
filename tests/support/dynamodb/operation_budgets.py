"""Each operation of the DynamoDB store, and what it may cost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from support.builders.values import (
    LIVE,
    a_change_of_email,
    a_customer,
    a_record,
    a_registration,
    a_session,
    a_token,
    an_attempt,
    an_issue,
    an_opening,
    an_update,
)
from support.dynamodb.cost_meter import Bill, metered
from support.dynamodb.databases import LIMITS, local_client, local_direct_client, new_database
from support.dynamodb.local_server import dynamodb_local

from cybershop_customer import Customer, Device, EmailChange, Revocation, Storage
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.domain.attempt import attempt_key
from cybershop_customer.domain.audit import opening_record_id, rfc3339
from cybershop_customer.domain.budget_names import name_budget_keys
from cybershop_customer.domain.device import plan_device_use
from cybershop_customer.domain.session_details import opening_position
from cybershop_customer.entrypoints.testkit.clock import START

SESSION = "Ew7RhHYyT0CUkD7vRzSlxQ"
ENDED = "0Z3sMG8KTzyhtZ0kXqvTcg"

# A customer of usual size: the sample of the API, with a real hash.
CUSTOMER = Customer(
    customer_id="567dce7f-b7b4-4efd-b75e-2b98592abe6d21",
    email="barry_allen@starlabs.com",
    email_key="barry_allen@starlabs.com",
    fname="Allen",
    lname="Barry",
    address1="Earth 1",
    address2="Earth-Prime",
    password_hash="$bcrypt-sha256$v=2,t=2b,r=12$" + 22 * "s" + "$" + 31 * "d",
    version=4_294_967_295,
    password_version=4_294_967_295,
    created_at=START,
    updated_at=START,
)
ID = CUSTOMER.customer_id
REGISTRATION = a_registration(CUSTOMER, key_hash=22 * "k", fingerprint=22 * "f")
NAMES = name_budget_keys(ID, CUSTOMER.email_key)
"""The budgets of the customer's id and address."""
IN_DEBT = an_attempt()


@dataclass(frozen=True)
class MeteredStore:
    """A store, and the bill of what is done with it."""

    storage: Storage
    unbilled: Storage
    """The same store by another client. Billing takes most of the time of a write."""
    database: Database
    bill: Bill


@contextmanager
def metered_store(*, session_feed: bool = False) -> Iterator[MeteredStore]:
    """A store on DynamoDB Local with one customer, and an empty bill.

    The customer has one live session and one ended session, and two known devices.
    """
    client = make_client(dynamodb_local(), limits=LIMITS, connections=1)
    prefix = new_database(client).customer_table.removesuffix("customer")
    database = Database(DynamoDBGateway(client, LIMITS), prefix, session_feed=session_feed)
    storage = storage_on(database)
    gateway = DynamoDBGateway(local_direct_client(), LIMITS)
    unbilled = storage_on(Database(gateway, prefix, session_feed=session_feed))
    add_usual_customer(storage)
    try:
        with metered(client, local_client()) as bill:
            yield MeteredStore(storage, unbilled, database, bill)
    finally:
        client.close()


def add_usual_customer(storage: Storage) -> None:
    """Add the customer of ``metered_store`` to an empty store."""
    storage.customers.add(CUSTOMER, a_record(ID), registration=REGISTRATION)
    log_in(storage, SESSION)
    log_in(storage, ENDED)
    assert storage.sessions.close(ID, ENDED, LIVE, a_record(ID))
    # By itself: DynamoDB Local refuses the token of a transaction in another store.
    storage.audit_log.append(a_record(ID, record_id=opening_record_id(SESSION)))
    storage.login_throttle.charge(IN_DEBT)


def log_in(storage: Storage, session_id: str, *, device: str = "", **arguments: Any) -> None:
    """Log in, on a device of its own if ``device`` names no other."""
    stored = storage.sessions.get_with_sessions(ID, now=START)
    assert stored is not None
    used = Device(attempt_key(device or session_id), START.replace(microsecond=0))
    given = {
        "password_version": CUSTOMER.password_version,
        "max_sessions": 16,
        "device_use": plan_device_use(stored.devices, used),
        **arguments,
    }
    opening = an_opening(a_session(ID, session_id=session_id), **given)
    storage.sessions.open(opening, a_record(ID))


def log_in_by_email(storage: Storage) -> None:
    assert storage.customers.find_id_by_email("barry_allen@starlabs.com") == ID
    log_in(storage, "another")


def update(storage: Storage, **fields: Any) -> None:
    storage.customers.update(an_update(CUSTOMER, **fields), a_record(ID, fields=tuple(fields)))


def log_in_with_eviction(storage: Storage) -> None:
    revocations = (Revocation(SESSION, START),)
    log_in(storage, "another", evicted=(SESSION,), revocations=revocations)


def verify_ended(storage: Storage) -> None:
    assert isinstance(storage.sessions.find(ID, ENDED), Revocation)


def change_email(storage: Storage) -> None:
    assert storage.customers.get(ID, now=START) is not None
    update(storage, email=a_change_of_email(CUSTOMER, "larry_allen@starlabs.com"))


def delete(storage: Storage) -> None:
    assert storage.customers.get(ID, now=START) is not None
    storage.customers.delete(CUSTOMER, a_record(ID), id_kept_until=START + timedelta(days=400))


def add(storage: Storage, **fields: Any) -> None:
    customer = a_customer(**fields)
    assert not storage.customers.is_taken(customer.customer_id, now=START)
    storage.customers.add(customer, a_record(customer.customer_id))


def add_random_id(storage: Storage) -> None:
    customer = a_customer()
    storage.customers.add(customer, a_record(customer.customer_id))


def add_with_key(storage: Storage) -> None:
    customer = a_customer()
    assert not storage.customers.is_taken(customer.customer_id, now=START)
    record = a_record(customer.customer_id)
    storage.customers.add(customer, record, registration=a_registration(customer))


def answer_again(storage: Storage) -> None:
    look_up_taken_id(storage)
    assert storage.customers.find_registration(REGISTRATION.key_hash, now=START) == REGISTRATION
    get(storage)


def look_up_taken_id(storage: Storage) -> None:
    assert storage.customers.is_taken(ID, now=START)


def verify(storage: Storage) -> None:
    assert storage.sessions.find(ID, SESSION) is not None


def log_out(storage: Storage) -> None:
    assert storage.sessions.close(ID, SESSION, LIVE, a_record(ID))


def end_sessions(storage: Storage) -> None:
    assert storage.sessions.close_all(ID, a_record(ID))


def list_sessions(storage: Storage) -> None:
    assert storage.sessions.get_with_sessions(ID, now=START) is not None


def extend(storage: Storage) -> None:
    storage.sessions.extend(a_session(ID, session_id=SESSION), START + timedelta(hours=1))


def charge_and_refund(storage: Storage) -> None:
    attempt = an_attempt()
    storage.login_throttle.refund(storage.login_throttle.charge(attempt), attempt.at)


def charge_in_debt(storage: Storage) -> None:
    storage.login_throttle.charge(IN_DEBT)


def unlock(storage: Storage, devices: int = 0) -> None:
    assert storage.sessions.get_with_sessions(ID, now=START) is not None
    keys = [*NAMES, *(f"device {number}" for number in range(devices))]
    storage.login_throttle.reset(keys, a_record(ID))


def read_lockouts(storage: Storage) -> None:
    assert storage.sessions.get_with_sessions(ID, now=START) is not None
    storage.login_throttle.read(NAMES)


def read_log(storage: Storage) -> None:
    beginning, end = START - timedelta(days=1), START + timedelta(days=1)
    storage.audit_log.read(ID, since=beginning, until=end, after=None, limit=10)


def read_feed(storage: Storage) -> None:
    assert len(storage.session_changes.read(after=rfc3339(START), limit=1000)) == 1


def get(storage: Storage) -> None:
    assert storage.customers.get(ID, now=START) is not None


def issue_token(storage: Storage, address: str | None = None) -> None:
    get(storage)
    storage.customers.issue_token(an_issue(CUSTOMER, a_token(address=address)), a_record(ID))


def change_own_password(storage: Storage) -> None:
    list_sessions(storage)
    session = a_session(ID, session_id="another", device="123456")
    device = Device(attempt_key("another"), START.replace(microsecond=0))
    update(storage, password_hash="new", session=session, device=device, reset_budgets=NAMES)


def register_unproven(storage: Storage) -> None:
    token = a_token(address="larry_allen@starlabs.com")
    ends = START + timedelta(days=7)
    add(storage, email_key=None, email_verification=token, expires_at=ends)


def look_up_free_address(storage: Storage) -> None:
    assert storage.customers.find_id_by_email("larry_allen@starlabs.com") is None


def prove_address(storage: Storage) -> None:
    get(storage)
    proven = EmailChange(address="larry@starlabs.com", key="larry@starlabs.com", old_key=None)
    update(storage, email=proven, email_verified=True)


def complete_email_change(storage: Storage) -> None:
    get(storage)
    email = a_change_of_email(CUSTOMER, "larry_allen@starlabs.com")
    update(storage, email=email, email_verified=True, ends_sessions=True)


def request_reset_by_email(storage: Storage) -> None:
    assert storage.customers.find_id_by_email("barry_allen@starlabs.com") == ID
    issue_token(storage)


def complete_reset(storage: Storage) -> None:
    get(storage)
    update(storage, password_hash="new", reset_budgets=NAMES)


def end_other_sessions(storage: Storage) -> None:
    session = a_session(ID, session_id=SESSION)
    assert storage.sessions.close_others(session, a_record(ID))


def describe_sessions(storage: Storage) -> None:
    list_sessions(storage)
    position = opening_position(a_session(ID, session_id=SESSION))
    assert len(storage.audit_log.find(ID, [position])) == 1


def update_own_profile(storage: Storage) -> None:
    get(storage)
    update(storage, profile={"fname": "Barry"})


def export(storage: Storage) -> None:
    describe_sessions(storage)
    storage.audit_log.append(a_record(ID))
    read_log(storage)


def list_customers(storage: Storage) -> None:
    page = storage.customers.read_page(now=START, after=None, limit=50)
    assert [customer.customer_id for customer in page.customers] == [ID]
    storage.audit_log.append(a_record(ID))


def find_by_address(storage: Storage) -> None:
    assert storage.customers.find_id_by_email("barry_allen@starlabs.com") == ID
    get(storage)


Budgets = dict[str, tuple[Callable[[Storage], object], tuple[int, float, float]]]
"""What to do, and what it may cost: round trips, read units, write units."""

BUDGETS: Budgets = {
    "add": (add, (2, 0.5, 6)),
    "add, random id": (add_random_id, (1, 0, 6)),
    "add, no e-mail key": (lambda storage: add(storage, email_key=None), (2, 0.5, 4)),
    "add, taken id": (look_up_taken_id, (1, 0.5, 0)),
    "add, with a key": (add_with_key, (2, 0.5, 8)),
    "add, repeated with its key": (answer_again, (3, 2.5, 0)),
    "get": (lambda storage: storage.customers.get(ID, now=START), (1, 1, 0)),
    "find by address": (find_by_address, (2, 1.5, 0)),
    "page of customers": (list_customers, (2, 0.5, 1)),
    "update": (lambda storage: update(storage, profile={"fname": "Barry"}), (1, 0, 4)),
    "password change": (lambda storage: update(storage, password_hash="new"), (1, 0, 4)),
    "password set by an admin": (
        lambda storage: update(storage, password_hash="new", reset_budgets=NAMES),
        (1, 0, 8),
    ),
    "role": (lambda storage: update(storage, roles=frozenset({"admin"})), (1, 0, 4)),
    "e-mail change": (change_email, (2, 1, 8)),
    "login by id": (lambda storage: log_in(storage, "another"), (2, 1, 4)),
    "login on a known device": (
        lambda storage: log_in(storage, "another", device=SESSION),
        (2, 1, 4),
    ),
    "login with rehash": (
        lambda storage: log_in(storage, "another", password_hash="new"),
        (2, 1, 4),
    ),
    "login, one expired": (
        lambda storage: log_in(storage, "another", expired=(SESSION,)),
        (2, 1, 4),
    ),
    "login with eviction": (log_in_with_eviction, (2, 1, 4)),
    "login by e-mail": (log_in_by_email, (3, 1.5, 4)),
    "logout": (log_out, (1, 0, 4)),
    "end all sessions": (end_sessions, (1, 0, 4)),
    "verify": (verify, (1, 1, 0)),
    "verify an ended one": (verify_ended, (1, 1, 0)),
    "verify an unknown one": (lambda storage: storage.sessions.find("nobody", SESSION), (1, 1, 0)),
    "extend": (extend, (1, 0, 1)),
    "list sessions": (list_sessions, (1, 1, 0)),
    "delete": (delete, (2, 1, 6)),
    "charge and refund": (charge_and_refund, (2, 0, 2)),
    "charge, budget in debt": (charge_in_debt, (2, 0, 2)),
    "unlock": (unlock, (2, 1, 6)),
    "unlock, 3 known devices": (lambda storage: unlock(storage, 3), (2, 1, 12)),
    "lock-outs of a customer": (read_lockouts, (3, 3, 0)),
    "refusal in the log": (lambda storage: storage.audit_log.append(a_record(ID)), (1, 0, 1)),
    "page of the log": (read_log, (1, 1, 0)),
    "own profile": (update_own_profile, (2, 1, 4)),
    "own password": (change_own_password, (2, 1, 8)),
    "own e-mail, request": (lambda storage: issue_token(storage, "larry@starlabs.com"), (2, 1, 4)),
    "own e-mail, completion": (complete_email_change, (2, 1, 8)),
    "own deletion": (delete, (2, 1, 6)),
    "own sessions, end one": (log_out, (1, 0, 4)),
    "own sessions, end the others": (end_other_sessions, (1, 0, 4)),
    "own sessions, described": (describe_sessions, (2, 1.5, 0)),
    "export": (export, (4, 2.5, 1)),
    "registration with a proof": (register_unproven, (2, 0.5, 4)),
    "registration with a proof, in the background": (look_up_free_address, (1, 0.5, 0)),
    "proof of the address": (prove_address, (2, 1, 6)),
    "forgotten password by id, in the background": (issue_token, (2, 1, 4)),
    "forgotten password by e-mail, in the background": (request_reset_by_email, (3, 1.5, 4)),
    "forgotten password, completion": (complete_reset, (2, 1, 8)),
    # AWS bills another half unit for the query that finds nothing.
    "probe": (lambda storage: storage.probe.probe(), (2, 0.5, 0)),
}

WITH_FEED: Budgets = {
    "logout, with the feed": (log_out, (1, 0, 6)),
    "end all sessions, with the feed": (end_sessions, (1, 0, 6)),
    "password change, with the feed": (BUDGETS["password change"][0], (1, 0, 6)),
    "password set by an admin, with the feed": (
        BUDGETS["password set by an admin"][0],
        (1, 0, 10),
    ),
    "own password, with the feed": (change_own_password, (2, 1, 10)),
    "own e-mail, completion, with the feed": (complete_email_change, (2, 1, 10)),
    "own deletion, with the feed": (delete, (2, 1, 8)),
    "own sessions, end one, with the feed": (log_out, (1, 0, 6)),
    "own sessions, end the others, with the feed": (end_other_sessions, (1, 0, 6)),
    "proof of the address, with the feed": (prove_address, (2, 1, 8)),
    "forgotten password, completion, with the feed": (complete_reset, (2, 1, 10)),
    "role, with the feed": (BUDGETS["role"][0], (1, 0, 6)),
    "delete, with the feed": (delete, (2, 1, 8)),
    "login with eviction, with the feed": (log_in_with_eviction, (2, 1, 6)),
    "read of the feed": (read_feed, (1, 1, 0)),
}
"""With CUSTOMER_SESSION_FEED=true. Other operations cost what ``BUDGETS`` says."""
