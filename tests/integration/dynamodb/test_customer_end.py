"""DynamoDB deletes a customer who ends by ``ttl``, and no one else."""

from collections.abc import Callable

import pytest
from support.builders.values import (
    a_change_of_email,
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
)
from support.dynamodb.databases import moto_database

from cybershop_customer import Storage
from cybershop_customer.adapters.dynamodb.keys import customer_key
from cybershop_customer.adapters.dynamodb.storage import storage_on
from cybershop_customer.entrypoints.testkit.clock import START


def log_in(storage: Storage, customer_id: str) -> None:
    opening = an_opening(a_session(customer_id), keeps_customer=True)
    storage.sessions.open(opening, a_record(customer_id))


def prove(storage: Storage, customer_id: str) -> None:
    customer = storage.customers.get(customer_id, now=START)
    assert customer is not None
    email = a_change_of_email(customer, "zoe@shop.example")
    update = an_update(customer, email=email, email_verified=True)
    storage.customers.update(update, a_record(customer_id))


@pytest.mark.parametrize("change", [log_in, prove])
def test_a_login_and_the_proof_take_the_time_to_live_away(
    change: Callable[[Storage, str], None],
) -> None:
    """The service would read the customer as live, until DynamoDB deletes it."""
    with moto_database() as database:
        storage = storage_on(database)
        customer = added(storage, email_key=None, expires_at=START.replace(day=28))
        key = customer_key(customer.customer_id)
        before = database.get(key, strong=True)
        assert before is not None
        assert int(before["ttl"]["N"]) >= START.replace(day=28).timestamp()

        change(storage, customer.customer_id)

        after = database.get(key, strong=True)
        assert after is not None
        assert not {"ttl", "expires_at"} & after.keys()
