"""Updating a customer's e-mail address."""

from dataclasses import replace

import pytest
from support.builders.values import a_record
from support.services.workbench import Workbench

from cybershop_customer import EmailTakenError


def test_a_new_address_reserves_its_key_and_releases_the_old_one(bench: Workbench) -> None:
    bench.add()

    bench.update(email="New@Shop.Example")

    assert bench.stored().email == "New@Shop.Example"
    assert bench.storage.customers.find_id_by_email("new@shop.example") == "ann"
    assert bench.add("bob", email="ann@shop.example").customer_id == "bob"


def test_another_spelling_of_the_address_is_kept_as_written(bench: Workbench) -> None:
    bench.add()

    assert bench.update(email="ANN@shop.example") == 2

    assert bench.stored().email == "ANN@shop.example"
    assert bench.stored().email_key == "ann@shop.example"


def test_an_address_of_another_customer_is_refused(bench: Workbench) -> None:
    bench.add("ann")
    bench.add("bob")
    before = bench.states("ann", "bob")

    with pytest.raises(EmailTakenError):
        bench.update("ann", email="BOB@shop.example", fname="x", password="battery staple")

    assert bench.states("ann", "bob") == before


def test_an_update_reserves_no_key_for_a_shared_address() -> None:
    bench = Workbench(unique_email=False)
    bench.add("ann")
    bench.add("bob")

    bench.update("ann", email="bob@shop.example")

    assert bench.stored("ann").email == "bob@shop.example"
    assert bench.stored("ann").email_key is None


@pytest.mark.parametrize("unique_email", [True, False])
def test_an_update_brings_the_key_in_line_with_a_setting_that_changed(unique_email: bool) -> None:
    before, bench = Workbench(unique_email=not unique_email), Workbench(unique_email=unique_email)
    customer = before.add()
    bench.storage.customers.add(customer, a_record("ann"))

    assert bench.update(email="ann@shop.example") == 2

    key = "ann@shop.example" if unique_email else None
    assert bench.stored() == replace(customer, email_key=key, version=2)
    assert bench.update(email="ann@shop.example") == 2
