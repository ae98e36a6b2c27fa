"""Promise 5: an audit record exists if and only if its change happened.

tests/faults and tests/crash test the same promise with thousands of faults and crashes.
"""

from collections import Counter
from typing import cast

import pytest
from support.builders.values import a_record, an_attempt
from support.consistency.call_history import CallHistory
from support.consistency.checker import find_inconsistencies
from support.consistency.each_change import CHANGES, Change, ChangesToZoe
from support.consistency.sliding_window import admits, exhaust
from support.faults.harness import FaultyEndpoint
from support.faults.scripts import Fault, FaultSequence
from support.races import tasks as racing
from support.races.concurrent_users import RaceHarness
from support.races.processes import outcome
from support.stores.stored_state import log_of

from cybershop_customer import AuditRecord, StoreUnavailableError
from cybershop_customer.adapters.dynamodb.attributes import Item
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.database import Database, Write
from cybershop_customer.adapters.dynamodb.gateway import RequestKind

TIMES = 3
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def test_there_are_as_many_records_as_changes(harness: RaceHarness) -> None:
    racing.add(harness.services, "zoe")

    done = harness.race(racing.change_everything, "zoe", TIMES)

    outcome = Counter(name for names in done for name in cast("list[str]", names))
    log = log_of(harness.storage, "zoe")
    recorded = Counter(record.operation_name for record in log if record.status_code == 200)
    assert recorded == {"add_customer": 1, **outcome}
    assert len({record.record_id for record in log}) == len(log)


class RecordApart(Database):
    """Negative control: stores the change, and then the record."""

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        request = {"TransactItems": writes, "ClientRequestToken": record.record_id}
        self.gateway.call("transact_write_items", request, RequestKind.IDEMPOTENT_WRITE)
        self._keep(record_to_item(record))

    def _keep(self, item: Item) -> None:
        request = {"TableName": self.logger_table, "Item": item}
        self.gateway.call("put_item", request, RequestKind.IDEMPOTENT_WRITE)


class RecordFirst(RecordApart):
    """Negative control: stores the record, and then the change."""

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        self._keep(record_to_item(record))
        request = {"TransactItems": writes, "ClientRequestToken": record.record_id}
        self.gateway.call("transact_write_items", request, RequestKind.IDEMPOTENT_WRITE)


def faults_found(
    endpoint: FaultyEndpoint, database: type[Database], operation: str, change: Change
) -> list[str]:
    """The disagreements after a change in which no ``operation`` reaches the store."""
    store = endpoint.new_store(database)
    container = store.container()
    history = CallHistory(store.clock, store.random_source)
    zoe = ChangesToZoe(container.services(), history)
    zoe.prepare()
    store.proxy.script = FaultSequence(operation, [Fault.CUT_BEFORE], last_for_ever=True)
    change(zoe)
    return list(find_inconsistencies(store.snapshot(), history.calls, container.password_hasher()))


@pytest.mark.dynamodb_local
@every_change
@pytest.mark.parametrize("operation", ["PutItem", "TransactWriteItems"])
def test_a_change_and_its_record_happen_together_or_not_at_all(
    endpoint: FaultyEndpoint, operation: str, change: Change
) -> None:
    assert faults_found(endpoint, Database, operation, change) == []


@pytest.mark.dynamodb_local
@every_change
def test_a_record_apart_from_its_change_can_be_missing(
    endpoint: FaultyEndpoint, change: Change
) -> None:
    assert faults_found(endpoint, RecordApart, "PutItem", change) != []


@pytest.mark.dynamodb_local
@every_change
def test_a_record_before_its_change_can_be_false(endpoint: FaultyEndpoint, change: Change) -> None:
    assert faults_found(endpoint, RecordFirst, "TransactWriteItems", change) != []


@pytest.mark.dynamodb_local
@pytest.mark.parametrize(
    ("faults", "happens"),
    [
        ([Fault.CUT_BEFORE], True),
        ([Fault.CUT_AFTER], True),
        ([Fault.CONFLICT], True),
        ([Fault.CUT_BEFORE] * 9, False),
        ([Fault.THROTTLED] * 9, False),
    ],
)
def test_an_unlocked_customer_has_a_record_and_no_other_one(
    endpoint: FaultyEndpoint, faults: list[Fault], *, happens: bool
) -> None:
    faulty = endpoint.new_store()
    throttle, attempt, record = faulty.storage.login_throttle, an_attempt(), a_record("zoe")
    exhaust(throttle, attempt)
    faulty.proxy.script = FaultSequence("TransactWriteItems", faults)

    reset = outcome(lambda: throttle.reset([attempt.key], record))

    assert reset is (None if happens else StoreUnavailableError)
    assert log_of(faulty.storage, "zoe") == ((record,) if happens else ())
    assert admits(throttle, attempt) is happens
