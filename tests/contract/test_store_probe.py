"""What every StoreProbe does."""

from support.builders.values import a_customer
from support.stores.stored_state import read_state

from cybershop_customer import Storage


def test_the_probe_of_a_store_that_can_serve_returns(storage: Storage) -> None:
    assert storage.probe.probe() is None


def test_a_probe_changes_nothing(storage: Storage) -> None:
    customer = a_customer()
    before = read_state(storage, customer.customer_id, customer.email_key)

    storage.probe.probe()

    assert read_state(storage, customer.customer_id, customer.email_key) == before
