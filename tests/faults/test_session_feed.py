"""Faults of the store leave no ended session untold, and tell of none that did not end."""

from functools import partial
from typing import Final

import pytest
from support.consistency.call_history import CallHistory
from support.consistency.each_change import Change, ChangesToZoe
from support.faults.harness import FaultyEndpoint, FaultyStore
from support.faults.scripts import Fault, FaultSequence
from support.stores.snapshot import StoreSnapshot

from cybershop_customer.adapters.dynamodb.database import Database

# What a fault means to each client is the matter of the other files.
pytestmark = [
    pytest.mark.dynamodb_local,
    pytest.mark.parametrize("endpoint", ["direct"], indirect=True),
]

ENDS: Final[dict[str, Change]] = {
    "change password": ChangesToZoe.change_password,
    "log out": ChangesToZoe.log_out,
    "end sessions": ChangesToZoe.end_sessions,
    "delete": ChangesToZoe.delete,
}
OPERATIONS: Final = {"update_customer", "logout", "end_sessions", "delete_customer"}
FAULTS: Final = [fault for fault in Fault if fault not in (Fault.NONE, Fault.REFUSED)]
CASES: Final = [
    pytest.param(end, fault, id=f"{name}-{fault.name}")
    for name, end in ENDS.items()
    for fault in FAULTS
]


@pytest.fixture
def faulty(endpoint: FaultyEndpoint) -> FaultyStore:
    """New, empty tables with the feed on."""
    return endpoint.new_store(partial(Database, session_feed=True))


def ended(snapshot: StoreSnapshot) -> list[tuple[str, str]]:
    """What ended sessions, by its record."""
    return [
        (record.position, record.customer_id)
        for record in snapshot.records
        if record.operation_name in OPERATIONS and record.status_code == 200
    ]


@pytest.mark.parametrize("last_for_ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize(("end", "fault"), CASES)
def test_an_end_and_its_entry_happen_together_or_not_at_all(
    faulty: FaultyStore, end: Change, fault: Fault, last_for_ever: bool
) -> None:
    zoe = ChangesToZoe(
        faulty.container().services(), CallHistory(faulty.clock, faulty.random_source)
    )
    zoe.prepare()
    faulty.proxy.script = FaultSequence("TransactWriteItems", [fault], last_for_ever=last_for_ever)

    end(zoe)

    snapshot = faulty.snapshot()
    published = [(change.position, change.customer_id) for change in snapshot.session_changes]
    assert published == ended(snapshot)
    account = snapshot.accounts.get("zoe")
    is_over = account is None or not account.sessions
    assert len(published) == is_over
