"""Each operation keeps its budget: round trips, read units and write units."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from support.dynamodb_meter import size
from support.dynamodb_operations import BUDGETS, CUSTOMER, ID, SESSION, Till, open_till

from cybershop_customer import Session
from cybershop_customer.adapters.dynamodb.customer_item import customer_to_item, session_to_value
from cybershop_customer.adapters.dynamodb.session_repository import DynamoDBSessionRepository

pytestmark = pytest.mark.dynamodb_local


@pytest.fixture
def till() -> Iterator[Till]:
    with open_till() as till:
        yield till


@pytest.mark.parametrize("operation", BUDGETS)
def test_an_operation_keeps_its_budget(till: Till, operation: str) -> None:
    operate, budget = BUDGETS[operation]

    operate(till.storage)

    assert till.bill.totals == budget


def test_an_eventually_consistent_check_costs_half(till: Till) -> None:
    sessions = DynamoDBSessionRepository(till.database, strong=False)

    assert sessions.find(ID, SESSION) is not None

    assert till.bill.totals == (1, 0.5, 0)


def with_sessions(count: int) -> int:
    """The size of the sample customer with so many sessions."""
    issued = datetime.fromisoformat("2031-05-17T12:00:00.123456Z")
    session = Session("", ID, frozenset(), issued, issued + timedelta(minutes=30))
    entries = {f"{number:022}": session_to_value(session) for number in range(count)}
    return size({**customer_to_item(CUSTOMER), "sessions": {"M": entries}})


def test_a_customer_with_ten_sessions_is_still_one_unit_to_write() -> None:
    assert with_sessions(10) <= 1024


def test_a_customer_with_all_sixteen_sessions_is_still_one_unit_to_read() -> None:
    assert with_sessions(16) <= 2048
