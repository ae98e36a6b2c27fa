"""Adding customers."""

import re

import pytest
from support.builders.values import NAMES
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    Customer,
    CustomerExistsError,
    EmailTakenError,
    VersionConflictError,
)
from cybershop_customer.entrypoints.testkit.clock import START

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_a_customer_is_stored_as_given(bench: Workbench) -> None:
    customer = bench.customers.add_customer(
        customer_id="ann",
        email="Ann@Shop.Example",
        password=PASSWORD,
        fname="Zoë",
        lname="李小龍",
        address1="Earth 1",
        address2="🦊",
    )

    assert (
        customer
        == bench.stored()
        == Customer(
            customer_id="ann",
            email="Ann@Shop.Example",
            email_key="ann@shop.example",
            password_hash=bench.hasher.hash(PASSWORD),
            fname="Zoë",
            lname="李小龍",
            address1="Earth 1",
            address2="🦊",
            created_at=START,
            updated_at=START,
        )
    )


def test_adding_a_customer_opens_no_session(bench: Workbench) -> None:
    """OWASP ASVS 5.0, 7.6.2: a session needs a login."""
    bench.add("ann")

    assert bench.sessions.list_sessions("ann", actor=OPERATOR) == ()


def test_the_record_names_the_fields_given_and_never_their_values(bench: Workbench) -> None:
    bench.add(fname="Zoë", address2="Earth 2")

    (record,) = bench.log()
    assert (record.operation_name, record.status_code, record.message, record.at) == (
        "add_customer",
        200,
        "Customer added.",
        START,
    )
    assert (record.actor_id, record.service_name) == ("-", "customer")
    assert record.fields == ("address2", "email", "fname", "password")


def test_a_customer_without_an_id_gets_a_uuid_of_their_own(bench: Workbench) -> None:
    first = bench.customers.add_customer(email="a@shop.example", password=PASSWORD)
    second = bench.customers.add_customer(email="b@shop.example", password=PASSWORD)

    assert re.fullmatch(UUID4, first.customer_id)
    assert first.customer_id != second.customer_id
    assert bench.stored(second.customer_id) == second


def test_a_new_customer_has_no_role(bench: Workbench) -> None:
    assert bench.add("admin", actor=OPERATOR).roles == frozenset()


def test_adding_costs_a_look_up_of_the_id_and_one_write(bench: Workbench) -> None:
    assert bench.calls.during(bench.add) == ["customers.is_taken", "hasher.hash", "customers.add"]


def test_a_taken_id_is_refused(bench: Workbench) -> None:
    bench.add()
    before = bench.states()

    with pytest.raises(CustomerExistsError):
        bench.add(email="another@shop.example")

    assert bench.states() == before


@pytest.mark.parametrize("email", ["ann@shop.example", "ANN@SHOP.EXAMPLE", "aNN@shop.EXAMPLE"])
def test_a_taken_address_is_refused_in_any_spelling(bench: Workbench, email: str) -> None:
    bench.add()
    before = bench.states("ann", "bob")

    with pytest.raises(EmailTakenError):
        bench.add("bob", email=email)

    assert bench.states("ann", "bob") == before


def test_a_shared_address_is_reserved_for_no_customer() -> None:
    bench = Workbench(unique_email=False)

    bench.add("ann", email="family@shop.example")
    bench.add("bob", email="family@shop.example")

    assert bench.stored("bob").email == "family@shop.example"
    assert bench.stored("bob").email_key is None
    assert bench.storage.customers.find_id_by_email("family@shop.example") is None


@pytest.mark.parametrize("text", NAMES)
def test_names_of_any_script_are_kept_to_the_letter(bench: Workbench, text: str) -> None:
    assert bench.add(fname=text, lname=text).fname == text
    assert bench.stored().lname == text


def test_a_conflict_in_the_store_is_not_hidden(bench: Workbench) -> None:
    bench.calls.fail("customers.add", VersionConflictError("ann"))

    with pytest.raises(VersionConflictError):
        bench.add()
