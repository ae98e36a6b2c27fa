"""Lost replies of DynamoDB Local: the gateway retries, and nothing happens twice."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.builders.values import (
    LIVE,
    a_change_of_email,
    a_customer,
    a_record,
    a_session,
    a_token,
    an_attempt,
    an_issue,
    an_opening,
    an_update,
)
from support.consistency.sliding_window import admitted
from support.dynamodb.databases import LIMITS, local_database
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.stub_endpoint import forward, stub_endpoint
from support.stores.stored_state import log_of, read_state, sessions_of

from cybershop_customer import (
    AuditRecord,
    Charge,
    Customer,
    Device,
    Storage,
    StoreUnavailableError,
)
from cybershop_customer.adapters.dynamodb.client import make_client
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import DynamoDBGateway
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.domain.customer_update import TokenCondition
from cybershop_customer.domain.one_time_token import TokenPurpose
from cybershop_customer.entrypoints.testkit.clock import START

pytestmark = pytest.mark.dynamodb_local

SESSION = "the session"


def losing_one_reply(
    operate: Callable[[Storage], object],
    *,
    requests: int = 2,
    before: Callable[[Storage], object] = lambda storage: None,
) -> tuple[Storage, object]:
    """Call ``operate``, whose first reply gets lost. Returns the storage and the result."""
    database = local_database(session_feed=True)
    storage = storage_on(database)
    prepare(storage)
    before(storage)
    local = dynamodb_local()
    with stub_endpoint(forward(local, lose_reply=True), forward(local)) as proxy:
        client = make_client(proxy.url, limits=LIMITS, connections=1)
        try:
            prefix = database.customer_table.removesuffix("customer")
            losing = Database(DynamoDBGateway(client, LIMITS), prefix, session_feed=True)
            result = operate(storage_on(losing))
        finally:
            client.close()
    assert len(proxy.requests) == requests
    return storage, result


CUSTOMER = a_customer()


def prepare(storage: Storage) -> None:
    storage.customers.add(CUSTOMER, a_record(CUSTOMER.customer_id))
    open_session(storage, SESSION)


def open_session(storage: Storage, session_id: str) -> None:
    session = a_session(CUSTOMER.customer_id, session_id=session_id)
    storage.sessions.open(an_opening(session, max_sessions=2), a_record(CUSTOMER.customer_id))


def record() -> AuditRecord:
    return a_record(CUSTOMER.customer_id, message="The one.")


def update(storage: Storage) -> None:
    email = a_change_of_email(CUSTOMER, "new@shop.example")
    change = an_update(CUSTOMER, email=email, password_hash="new", profile={"fname": "New"})
    storage.customers.update(change, record())


def times_recorded(storage: Storage) -> int:
    return sum(kept.message == "The one." for kept in log_of(storage, CUSTOMER.customer_id))


def times_published(storage: Storage) -> int:
    return len(storage.session_changes.read(after="0", limit=10))


def test_an_added_customer_exists_once() -> None:
    other = a_customer()
    kept = a_record(other.customer_id)

    storage, _ = losing_one_reply(lambda storage: storage.customers.add(other, kept))

    found = read_state(storage, other.customer_id, other.email_key)
    assert (found.customer, found.log) == (other, (kept,))
    assert found.email_owners == (other.customer_id,)


def test_an_update_happens_once() -> None:
    storage, _ = losing_one_reply(update)

    found = storage.customers.get(CUSTOMER.customer_id, now=START)
    assert isinstance(found, Customer)
    assert (found.version, found.password_version, found.fname) == (2, 2, "New")
    assert times_recorded(storage) == times_published(storage) == 1


def change_own_password(storage: Storage) -> None:
    session = a_session(CUSTOMER.customer_id, session_id="the new one")
    device = Device("the device", START.replace(microsecond=0))
    change = an_update(CUSTOMER, password_hash="new", session=session, device=device)
    storage.customers.update(change, record())


def test_an_own_password_change_opens_one_session_once() -> None:
    storage, _ = losing_one_reply(change_own_password)

    found = read_state(storage, CUSTOMER.customer_id)
    assert found.customer is not None
    assert (found.customer.version, found.customer.password_version) == (2, 2)
    assert [session.session_id for session in found.sessions] == ["the new one"]
    assert {device.device_id for device in found.devices} == {"the device"}
    assert [revoked.session_id for revoked in found.revocations] == [SESSION]
    assert times_recorded(storage) == times_published(storage) == 1


def test_a_token_is_issued_once_and_used_once() -> None:
    token = a_token()

    def issue(storage: Storage) -> None:
        storage.customers.issue_token(an_issue(CUSTOMER, token), record())

    storage, _ = losing_one_reply(issue)

    assert storage.customers.get(CUSTOMER.customer_id, now=START) == replace(
        CUSTOMER, password_reset=token
    )
    assert times_recorded(storage) == 1


def test_a_completion_whose_reply_is_lost_succeeds() -> None:
    """The second request finds the token used, but has the same idempotency token."""
    token = a_token(address="new@shop.example")

    def complete(storage: Storage) -> None:
        condition = TokenCondition(TokenPurpose.VERIFY_EMAIL, token.token_hash)
        email = a_change_of_email(CUSTOMER, "new@shop.example")
        change = an_update(CUSTOMER, email=email, email_verified=True, if_token=condition)
        storage.customers.update(change, record())

    def issue(storage: Storage) -> None:
        storage.customers.issue_token(an_issue(CUSTOMER, token), a_record(CUSTOMER.customer_id))

    storage, _ = losing_one_reply(complete, before=issue)

    found = read_state(storage, CUSTOMER.customer_id, "new@shop.example")
    assert found.email_owners == (CUSTOMER.customer_id,)
    assert found.customer is not None
    assert (found.customer.version, found.customer.email_verification) == (2, None)
    assert times_recorded(storage) == times_published(storage) == 1


def test_other_sessions_end_once() -> None:
    kept = a_session(CUSTOMER.customer_id, session_id=SESSION)

    storage, closed = losing_one_reply(
        lambda storage: storage.sessions.close_others(kept, record()),
        before=lambda storage: open_session(storage, "another"),
    )

    assert closed is True
    found = read_state(storage, CUSTOMER.customer_id)
    assert found.sessions == {kept}
    assert [revoked.session_id for revoked in found.revocations] == ["another"]
    assert times_recorded(storage) == times_published(storage) == 1


@pytest.mark.parametrize("until", [None, START + timedelta(days=400)])
def test_a_deletion_happens_once(until: datetime | None) -> None:
    storage, _ = losing_one_reply(
        lambda storage: storage.customers.delete(CUSTOMER, record(), id_kept_until=until)
    )

    assert storage.customers.get(CUSTOMER.customer_id, now=START) is None
    assert times_recorded(storage) == times_published(storage) == 1


def test_a_session_opens_once() -> None:
    storage, _ = losing_one_reply(lambda storage: open_session(storage, "another"))

    opened = {session.session_id for session in sessions_of(storage, CUSTOMER.customer_id)}
    assert opened == {SESSION, "another"}


def test_a_logout_succeeds_once() -> None:
    storage, closed = losing_one_reply(
        lambda storage: storage.sessions.close(CUSTOMER.customer_id, SESSION, LIVE, record())
    )

    assert closed is True
    assert sessions_of(storage, CUSTOMER.customer_id) == frozenset()
    assert times_recorded(storage) == times_published(storage) == 1


def test_an_extension_makes_one_attempt() -> None:
    ends_at = START + timedelta(hours=1)
    session = a_session(CUSTOMER.customer_id, session_id=SESSION)

    def extend(storage: Storage) -> None:
        with pytest.raises(StoreUnavailableError) as unavailable:
            storage.sessions.extend(session, ends_at)
        assert not unavailable.value.outcome_known

    storage, _ = losing_one_reply(extend, requests=1)

    found = storage.sessions.find(CUSTOMER.customer_id, SESSION)
    assert found is not None
    assert found.expires_at == ends_at


def test_a_record_is_appended_once() -> None:
    kept = record()

    # The third request looks the record up: DynamoDB Local does not return what it found.
    storage, _ = losing_one_reply(lambda storage: storage.audit_log.append(kept), requests=3)

    assert times_recorded(storage) == 1


def test_a_charge_may_count_twice_but_never_admits_too_many() -> None:
    attempt = an_attempt()

    # The second request finds the budget in debt already, and a third one charges it again.
    storage, charge = losing_one_reply(
        lambda storage: storage.login_throttle.charge(attempt), requests=3
    )

    assert isinstance(charge, Charge)
    assert admitted(storage.login_throttle, attempt, 4) == attempt.rate_limit.burst - 2
