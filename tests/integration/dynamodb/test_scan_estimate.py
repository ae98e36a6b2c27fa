"""The cost of a list of all customers is known before it starts."""

from math import ceil
from pathlib import Path

import pytest
from support.builders.values import a_customer, a_record
from support.dynamodb.local_server import dynamodb_local
from support.dynamodb.operation_budgets import CUSTOMER, metered_store

from cybershop_customer import StoreFaultError
from cybershop_customer.adapters.dynamodb.administration import DynamoDBAdministration
from cybershop_customer.adapters.sqlite.administration import SQLiteAdministration
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.entrypoints.testkit.clock import START


@pytest.mark.dynamodb_local
def test_the_estimate_is_no_less_than_the_bill() -> None:
    with metered_store() as till:
        for _ in range(120):
            customer = a_customer(password_hash=CUSTOMER.password_hash)
            till.unbilled.customers.add(customer, a_record(customer.customer_id))
        prefix = till.database.customer_table.removesuffix("customer")
        estimate = DynamoDBAdministration(dynamodb_local(), prefix).estimate_scan()

        before = till.bill.read_units
        page = till.storage.customers.read_page(now=START, after=None, limit=100)
        while page.next_position is not None:
            page = till.storage.customers.read_page(now=START, after=page.next_position, limit=100)
        billed = till.bill.read_units - before

    assert estimate.items >= 2 * 121
    assert estimate.pages == estimate.write_units == ceil(estimate.items / 100)
    assert billed <= estimate.read_units <= 1.5 * billed + estimate.pages


@pytest.mark.dynamodb_local
def test_a_missing_table_is_named() -> None:
    administration = DynamoDBAdministration(dynamodb_local(), "missing-")

    with pytest.raises(StoreFaultError, match="missing-customer does not exist"):
        administration.estimate_scan()


def test_a_file_bills_nothing(tmp_path: Path) -> None:
    administration = SQLiteAdministration(DatabaseFile(tmp_path / "customer.db"))

    assert administration.estimate_scan() is None  # type: ignore[func-returns-value]
