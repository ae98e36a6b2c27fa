"""Promise 5: an audit record exists if and only if its change happened.

What faults and crashes make of this, by the thousand, is in tests/faults and tests/crash.
"""

from collections import Counter
from typing import cast

import pytest
from support import racing
from support.agreement import disagreements
from support.faults import Fault, Sequence
from support.faulty import FaultyEndpoint
from support.journal import Journal
from support.one_of_each import CHANGES, Change, Zoe
from support.traces import log_of
from support.users import Shop

from cybershop_customer import AuditRecord
from cybershop_customer.adapters.dynamodb.attributes import Item
from cybershop_customer.adapters.dynamodb.audit_item import record_to_item
from cybershop_customer.adapters.dynamodb.database import Database, Write
from cybershop_customer.adapters.dynamodb.gateway import RequestKind

TIMES = 3
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


def test_there_are_as_many_records_as_changes(shop: Shop) -> None:
    racing.add(shop.services, "zoe")

    done = shop.race(racing.change_everything, "zoe", TIMES)

    told = Counter(name for names in done for name in cast("list[str]", names))
    log = log_of(shop.storage, "zoe")
    recorded = Counter(record.operation_name for record in log if record.status_code == 200)
    assert recorded == {"add_customer": 1, **told}
    assert len({record.record_id for record in log}) == len(log)


class RecordApart(Database):
    """Negative control: makes the change, and then keeps the record."""

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        request = {"TransactItems": writes, "ClientRequestToken": record.record_id}
        self.gateway.call("transact_write_items", request, RequestKind.IDEMPOTENT_WRITE)
        self._keep(record_to_item(record))

    def _keep(self, item: Item) -> None:
        request = {"TableName": self.logger_table, "Item": item}
        self.gateway.call("put_item", request, RequestKind.IDEMPOTENT_WRITE)


class RecordFirst(RecordApart):
    """Negative control: keeps the record, and then makes the change."""

    def transact(self, record: AuditRecord, *writes: Write, publish: bool = False) -> None:
        self._keep(record_to_item(record))
        request = {"TransactItems": writes, "ClientRequestToken": record.record_id}
        self.gateway.call("transact_write_items", request, RequestKind.IDEMPOTENT_WRITE)


def faults_found(
    endpoint: FaultyEndpoint, database: type[Database], operation: str, change: Change
) -> list[str]:
    """The disagreements after a change during which no ``operation`` reaches the store."""
    store = endpoint.new_store(database)
    container = store.container()
    journal = Journal(store.clock, store.random_source)
    zoe = Zoe(container.services(), journal)
    zoe.prepare()
    store.proxy.script = Sequence(operation, [Fault.CUT_BEFORE], last_for_ever=True)
    change(zoe)
    return list(disagreements(store.contents(), journal.deeds, container.password_hasher()))


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
