"""What every StoreProbe does."""

from support.builders import a_customer
from support.traces import traces

from cybershop_customer import Storage


def test_the_probe_of_a_store_that_can_serve_returns(storage: Storage) -> None:
    assert storage.probe.probe() is None


def test_a_probe_changes_nothing(storage: Storage) -> None:
    customer = a_customer()
    before = traces(storage, customer.customer_id, customer.email_key)

    storage.probe.probe()

    assert traces(storage, customer.customer_id, customer.email_key) == before
