"""DynamoDB deletes a customer who has ended by ``ttl``, and never one who stays."""

from collections.abc import Callable

import pytest
from support.builders.values import (
    a_change_of_email,
    a_record,
    a_session,
    a_token,
    added,
    an_issue,
    an_opening,
    an_update,
    unique,
)
from support.dynamodb.databases import moto_database
from support.dynamodb.snapshot import scan

from cybershop_customer import Customer, Storage
from cybershop_customer.adapters.dynamodb.attributes import Item
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START

END = START.replace(microsecond=1, second=START.second + 1)
Change = Callable[[Storage, Customer], object]


def update(storage: Storage, customer: Customer) -> None:
    change = an_update(customer, profile={"fname": "Zoë"})
    storage.customers.update(change, a_record(customer.customer_id))


def prove(storage: Storage, customer: Customer) -> None:
    email = a_change_of_email(customer, unique("proven"))
    change = an_update(customer, email=email, email_verified=True)
    storage.customers.update(change, a_record(customer.customer_id))


def log_in(storage: Storage, customer: Customer) -> None:
    opening = an_opening(a_session(customer.customer_id), keeps_customer=True)
    storage.sessions.open(opening, a_record(customer.customer_id))


def issue_token(storage: Storage, customer: Customer) -> None:
    storage.customers.issue_token(an_issue(customer, a_token()), a_record(customer.customer_id))


def item_after(change: Change) -> Item:
    """The item of a customer who was to end at ``END``, after ``change``."""
    with moto_database() as database:
        storage = storage_on(database)
        change(storage, added(storage, email_key=None, expires_at=END))
        items = scan(database.gateway._client, database.customer_table)
        (item,) = [item for item in items if item["pk"]["S"].startswith("C#")]
        return item


@pytest.mark.parametrize("change", [update, prove, log_in])
def test_a_change_that_keeps_the_customer_takes_the_ttl_away(change: Change) -> None:
    assert not {"ttl", "expires_at"} & item_after(change).keys()


def test_the_ttl_is_not_before_the_end() -> None:
    assert item_after(issue_token)["ttl"] == {"N": str(int(END.timestamp()) + 1)}
