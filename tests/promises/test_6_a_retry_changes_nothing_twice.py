"""Promise 6: a retried request changes nothing twice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import uuid4

import pytest
from support.consistency.call_history import CallHistory
from support.consistency.checker import find_inconsistencies
from support.consistency.each_change import CHANGES, Change, ChangesToZoe
from support.dynamodb.databases import local_database
from support.faults.harness import FaultyEndpoint
from support.faults.scripts import Fault, FaultSequence
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.stores.stored_state import log_of, read_state
from support.stores.unsafe_stores import without_conditions

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    IdempotencyKeyReusedError,
    StoreUnavailableError,
    VersionConflictError,
)
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.database import Database, Write
from cybershop_customer.adapters.dynamodb.gateway import RequestKind
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.domain.errors import CustomerExistsError
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import START

every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)

REQUESTS: Final[dict[str, Callable[[Services, int], object]]] = {
    "add": lambda services, version: racing.add(services, "another"),
    "change name": lambda services, version: services.customers.update_customer(
        "zoe", actor=OPERATOR, fname="Zoë"
    ),
    "change name of a version": lambda services, version: services.customers.update_customer(
        "zoe", actor=OPERATOR, fname="Zoë", if_version=version
    ),
    "change password": lambda services, version: services.customers.update_customer(
        "zoe", actor=OPERATOR, password="new horse"
    ),
    "change email": lambda services, version: services.customers.update_customer(
        "zoe", actor=OPERATOR, email="new@shop.example"
    ),
    "grant role": lambda services, version: services.roles.grant_role(
        "zoe", "clerk", actor=OPERATOR
    ),
    "delete": lambda services, version: services.customers.delete_customer("zoe", actor=OPERATOR),
}


def version_of(harness: RaceHarness) -> int:
    return harness.services.customers.get_customer("zoe", actor=OPERATOR).version


@pytest.mark.parametrize("send", REQUESTS.values(), ids=REQUESTS)
def test_a_request_that_is_sent_again_leaves_all_as_it_is(
    thread_harness: RaceHarness, send: Callable[[Services, int], object]
) -> None:
    racing.add(thread_harness.services, "zoe")
    version = version_of(thread_harness)
    send(thread_harness.services, version)
    after_one = [
        read_state(thread_harness.storage, customer_id) for customer_id in ("zoe", "another")
    ]

    outcome(lambda: send(thread_harness.services, version))

    after_two = [
        read_state(thread_harness.storage, customer_id) for customer_id in ("zoe", "another")
    ]
    assert after_two == after_one


def test_of_one_request_sent_by_many_one_is_carried_out(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")
    version = version_of(harness)

    outcomes = harness.race(racing.send_again, "zoe", version)

    assert outcomes.count(version + 1) == 1
    assert outcomes.count(VersionConflictError) == harness.racers - 1
    assert len(log_of(harness.storage, "zoe")) == 2


@pytest.mark.parametrize("customer_id", [None, "zoe"])
def test_of_one_registration_with_a_key_sent_by_many_one_is_carried_out(
    harness: RaceHarness, customer_id: str | None
) -> None:
    outcomes = harness.race(racing.add_with_one_key, customer_id)

    assert len({*outcomes}) == 1, outcomes
    ((added_id, version),) = {*outcomes}
    customer = harness.storage.customers.get(added_id, now=START)
    assert customer is not None
    assert customer.version == version
    assert len(log_of(harness.storage, added_id)) == 1


def test_one_of_many_registrations_with_one_key_is_carried_out(harness: RaceHarness) -> None:
    outcomes = harness.race(racing.add_another_with_one_key)

    (added_id,) = (found for found in outcomes if isinstance(found, str))
    assert outcomes.count(IdempotencyKeyReusedError) == harness.racers - 1
    for number in range(harness.racers):
        name = f"customer-{number}"
        state = read_state(harness.storage, name, f"{name}@shop.example")
        assert (state.customer is not None) == (name == added_id)
        assert len(state.log) == (name == added_id)


@pytest.mark.dynamodb_local
def test_without_its_condition_one_key_adds_two_customers() -> None:
    """Negative control: the second registration replaces the first one's."""
    database = local_database()
    careless = without_conditions(Database, "kept_until")(
        database.gateway, database.customer_table.removesuffix("customer")
    )
    services = RaceHarness(storage_on(careless), 2, lambda *_: []).services

    assert racing.add_another_with_one_key(services, 0) == "customer-0"
    assert racing.add_another_with_one_key(services, 1) == "customer-1"


class NewToken(Database):
    """Negative control: after a lost reply, sends the same transaction with another token."""

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        try:
            self._send(record, writes)
        except StoreUnavailableError:
            self._send(record, writes)

    def _send(self, record: AuditRecord, writes: tuple[Write, ...]) -> None:
        kept = {"Put": {"TableName": self.logger_table, "Item": record_to_item(record)}}
        request = {"TransactItems": [*writes, kept], "ClientRequestToken": str(uuid4())}
        self.gateway.call("transact_write_items", request, RequestKind.NON_IDEMPOTENT_WRITE)


class NewRecord(NewToken):
    """Negative control: after a lost reply, also makes a new audit record."""

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        try:
            self._send(record, writes)
        except StoreUnavailableError:
            self._send(replace(record, record_id=str(uuid4())), writes)


class Scene:
    """Zoe, and a store that loses the next reply to a transaction."""

    def __init__(self, endpoint: FaultyEndpoint, database: type[Database]) -> None:
        self.store = endpoint.new_store(database)
        self._container = self.store.container()
        self._history = CallHistory(self.store.clock, self.store.random_source)
        self.zoe = ChangesToZoe(self._container.services(), self._history)
        self.zoe.prepare()
        self.store.proxy.script = FaultSequence("TransactWriteItems", [Fault.CUT_AFTER])

    def find_inconsistencies(self) -> list[str]:
        hasher = self._container.password_hasher()
        return list(find_inconsistencies(self.store.snapshot(), self._history.calls, hasher))


@pytest.mark.dynamodb_local
@every_change
def test_after_a_lost_reply_the_same_token_changes_nothing_twice(
    endpoint: FaultyEndpoint, change: Change
) -> None:
    scene = Scene(endpoint, Database)

    call = change(scene.zoe)

    assert call.refusal is None
    assert scene.find_inconsistencies() == []


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("customer_id", [None, "zara"])
@pytest.mark.parametrize("fault", [Fault.CUT_AFTER, Fault.CUT_BEFORE, Fault.LATE])
def test_a_caller_who_does_not_know_adds_again_with_the_key_and_learns(
    endpoint: FaultyEndpoint, fault: Fault, customer_id: str | None
) -> None:
    store = endpoint.new_store()
    services = store.container().services()
    store.proxy.script = FaultSequence("TransactWriteItems", [fault], last_for_ever=True)
    with pytest.raises(StoreUnavailableError) as lost:
        racing.add_with_one_key(services, 0, customer_id)
    assert not lost.value.outcome_known

    store.proxy.script = lambda _: Fault.NONE
    answers = [racing.add_with_one_key(services, 0, customer_id) for _ in range(2)]

    snapshot = store.snapshot()
    ((added_id, account),) = snapshot.accounts.items()
    assert answers == [(added_id, account.customer.version)] * 2
    assert snapshot.email_owners == {"zoe@shop.example": added_id}
    assert [record.operation_name for record in snapshot.records] == ["add_customer"]


@pytest.mark.dynamodb_local
def test_under_another_token_a_change_that_happened_is_reported_as_refused(
    endpoint: FaultyEndpoint,
) -> None:
    scene = Scene(endpoint, NewToken)

    assert scene.zoe.add().refusal == CustomerExistsError.__name__
    assert scene.find_inconsistencies() != []


@pytest.mark.dynamodb_local
def test_with_another_record_one_change_has_two(endpoint: FaultyEndpoint) -> None:
    scene = Scene(endpoint, NewRecord)

    assert scene.zoe.end_sessions().refusal is None

    assert any("0 calls have the record" in fault for fault in scene.find_inconsistencies())
    records = scene.store.snapshot().records
    assert [record.operation_name for record in records].count("end_sessions") == 2
