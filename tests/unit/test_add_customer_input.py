"""Adding a customer: input that is refused before anything is stored."""

from typing import Any

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import FieldFault, InvalidInputError, LoginRefusedError


def faults_of(bench: Workbench, **fields: Any) -> dict[str, str]:
    """The refused fields and their faults. Nothing may have been stored or hashed."""
    given = {"customer_id": "ann", "email": "ann@shop.example", "password": PASSWORD, **fields}
    with pytest.raises(InvalidInputError) as refusal:
        bench.customers.add_customer(**given)
    assert bench.calls.names == []
    faults = {fault.field: fault.detail for fault in refusal.value.faults}
    assert len(faults) == len(refusal.value.faults), "a field was named twice"
    return faults


def test_every_field_at_fault_is_named_at_once(bench: Workbench) -> None:
    faults = faults_of(
        bench,
        customer_id="no spaces",
        email="nobody",
        password="short",
        fname="a" * 101,
        lname="line\nbreak",
        address1=None,
        address2=7,
    )

    assert list(faults) == [
        "customer_id",
        "fname",
        "lname",
        "address1",
        "address2",
        "email",
        "password",
    ]
    assert faults["email"].startswith("is not an e-mail address: ")
    assert faults["address2"] == "must be a string"


@pytest.mark.parametrize("customer_id", ["", "a b", "ä", "a/b", "a" * 129, "a\n", 7, b"ann"])
def test_an_id_of_another_form_is_refused(bench: Workbench, customer_id: Any) -> None:
    assert list(faults_of(bench, customer_id=customer_id)) == ["customer_id"]


@pytest.mark.parametrize("customer_id", ["-", ".", "..", "login", "logoff", "operator", "session"])
def test_a_reserved_id_is_refused(bench: Workbench, customer_id: str) -> None:
    faults = faults_of(bench, customer_id=customer_id)

    assert faults == {"customer_id": "is a name the service keeps for itself"}


@pytest.mark.parametrize("email", ["", "ann", "ann@", "@shop.example", None, 3, "a@b c.example"])
def test_a_text_that_is_no_address_is_refused(bench: Workbench, email: Any) -> None:
    assert list(faults_of(bench, email=email)) == ["email"]


@pytest.mark.parametrize("password", ["", "7 chars", None, 12345678, "\ud800" * 8, "x" * 1025])
def test_a_password_against_the_rules_is_refused(bench: Workbench, password: Any) -> None:
    assert list(faults_of(bench, password=password)) == ["password"]


@pytest.mark.parametrize("password", ["my-own-id", "MY-OWN-ID", "somebody", "Cybershop"])
def test_the_customers_own_words_are_refused_as_a_password(bench: Workbench, password: str) -> None:
    email = "somebody@shop.example"

    assert list(faults_of(bench, customer_id="my-own-id", email=email, password=password)) == [
        "password"
    ]


def test_a_password_on_the_blocklist_is_refused() -> None:
    faults = faults_of(Workbench(blocked=["Password1"]), password="pASSWORD1")

    assert faults == {"password": "is one of the most common passwords; choose another"}


def test_the_error_lists_its_faults_in_its_text(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        bench.add(fname=" ", lname="\x00")

    assert refusal.value.faults == (
        FieldFault("fname", "must not consist of spaces and invisible characters only"),
        FieldFault("lname", "must not contain control characters, line breaks or lone surrogates"),
    )
    assert str(refusal.value) == "; ".join(map(str, refusal.value.faults))


def test_a_local_part_of_65_bytes_is_refused_by_every_syntax(bench: Workbench) -> None:
    faults = faults_of(bench, email="a" * 65 + "@shop.example")

    assert faults == {"email": "must have at most 64 bytes in UTF-8 before the @"}


def test_an_address_from_before_these_rules_is_accepted_at_login(bench: Workbench) -> None:
    with pytest.raises(LoginRefusedError):
        bench.sessions.login(email="a" * 65 + "@shop.example", password=PASSWORD)
