"""Updating customers: what changes, what stays, and who may update."""

from dataclasses import replace
from typing import Any

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import OPERATOR, CustomerNotFoundError, ForbiddenError, InvalidInputError


def test_the_given_fields_change_and_the_rest_stays(bench: Workbench) -> None:
    customer = bench.add(fname="Allen", lname="Barry", address1="Earth 1")
    later = bench.clock.advance(minutes=1)

    version = bench.update(fname="Zoë", address1="")

    assert version == 2
    assert bench.stored() == replace(
        customer, fname="Zoë", address1="", version=2, updated_at=later
    )


def test_the_record_names_what_changed_and_who_did_it(bench: Workbench) -> None:
    bench.add(fname="Allen", lname="Barry")

    bench.update(fname="Allen", lname="Larry", email="new@shop.example", password="battery staple")

    record = bench.last_record()
    assert (record.operation_name, record.message) == (
        "update_customer",
        "Customer updated; another person set the password.",
    )
    assert (record.status_code, record.actor_id) == (200, "operator")
    assert record.fields == ("email", "lname", "password")


def test_the_record_says_only_of_a_password_that_another_person_set_it(bench: Workbench) -> None:
    bench.add()
    bench.roles.grant_role("ann", "admin", actor=OPERATOR)
    ann = bench.login().session

    bench.customers.update_customer("ann", actor=OPERATOR, fname="Ann")
    assert bench.last_record().message == "Customer updated."
    bench.customers.update_customer("ann", actor=ann, password="battery staple")
    assert bench.last_record().message == "Customer updated."


def test_each_update_raises_the_version(bench: Workbench) -> None:
    bench.add()

    assert [bench.update(fname=name) for name in ("a", "b", "c")] == [2, 3, 4]


@pytest.mark.parametrize(
    "fields",
    [
        {"fname": "Allen", "lname": ""},
        {"email": "ann@shop.example"},
        {"password": PASSWORD},
        {"fname": "Allen", "email": "ann@shop.example", "password": PASSWORD},
        {"if_version": 1, "fname": "Allen", "password": PASSWORD},
        {"if_version": 1, "email": "ann@shop.example"},
    ],
)
def test_an_update_that_changes_nothing_writes_nothing(
    bench: Workbench, fields: dict[str, Any]
) -> None:
    bench.add(fname="Allen")
    bench.login()
    before = bench.states()
    bench.clock.advance(minutes=1)

    assert bench.update(**fields) == 1

    assert bench.states() == before
    assert "customers.update" not in bench.calls.names


def test_a_new_password_ends_the_sessions_and_works_at_once(bench: Workbench) -> None:
    bench.add()
    old = bench.login()

    bench.update(password="battery staple")

    assert bench.stored().password_version == 2
    assert not bench.is_live(old.context_id)
    assert bench.is_live(bench.login(password="battery staple").context_id)


def test_an_update_of_anything_else_ends_no_session(bench: Workbench) -> None:
    bench.add()
    login = bench.login()

    bench.update(fname="Zoë", email="new@shop.example", password=PASSWORD)

    assert bench.stored().password_version == 1
    assert bench.is_live(login.context_id)


def test_every_field_at_fault_is_named_before_anything_is_read(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        bench.update("no spaces", fname="\n", email="nobody", password="short", address1=3)

    assert [fault.field for fault in refusal.value.faults] == [
        "customer_id",
        "fname",
        "address1",
        "email",
        "password",
    ]
    assert bench.calls.names == []


@pytest.mark.parametrize("fields", [{}, {"if_version": 1}])
def test_an_update_that_names_no_field_is_refused_before_anything_is_read(
    bench: Workbench, fields: dict[str, Any]
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        bench.update(**fields)

    (fault,) = refusal.value.faults
    assert fault.field == "email"
    for name in ("password", "fname", "lname", "address1", "address2"):
        assert name in fault.detail
    assert str(fault).startswith("email must be given, or another field to change: password, ")
    assert bench.calls.names == []


def test_the_customers_own_words_are_refused_as_a_password(bench: Workbench) -> None:
    bench.add("ann-of-green-gables")

    for password in ("ANN-of-green-gables", "other@shop.example"):
        with pytest.raises(InvalidInputError):
            bench.update("ann-of-green-gables", password=password, email="other@shop.example")


@pytest.mark.parametrize("customer_id", ["ann", "bob", "nobody"])
def test_a_customer_may_update_no_customer(bench: Workbench, customer_id: str) -> None:
    bench.add("ann")
    bench.add("bob")
    actor = bench.login("ann").session
    before = [(trace.customer, trace.sessions) for trace in bench.states("ann", "bob")]

    with pytest.raises(ForbiddenError):
        bench.customers.update_customer(customer_id, actor=actor, fname="x")

    assert [(trace.customer, trace.sessions) for trace in bench.states("ann", "bob")] == before
    record = bench.last_record(customer_id)
    assert (record.operation_name, record.status_code, record.actor_id) == (
        "update_customer",
        403,
        "ann",
    )


def test_an_admin_updates_and_is_named_in_the_record(bench: Workbench) -> None:
    bench.add("ann")
    bench.roles.ensure_admin("root", PASSWORD)

    bench.customers.update_customer("ann", actor=bench.login("root").session, fname="Zoë")

    assert bench.last_record().actor_id == "root"


@pytest.mark.parametrize(
    "fields", [{"fname": "x"}, {"fname": "x", "if_version": 1}, {"email": "x@shop.example"}]
)
def test_an_unknown_customer_is_not_found(bench: Workbench, fields: dict[str, Any]) -> None:
    with pytest.raises(CustomerNotFoundError):
        bench.customers.update_customer("nobody", actor=OPERATOR, **fields)

    assert bench.log("nobody") == ()


@pytest.mark.parametrize(
    "password",
    ["ann.the.first@shop.example", "Ann.the.First1", "ann-4711", "Annabelle2026", "!lovelace!"],
)
@pytest.mark.parametrize(
    "fields", [{}, {"fname": "Bea", "lname": "Byron", "email": "b@shop.example"}]
)
def test_what_is_stored_of_the_customer_is_no_new_password(
    bench: Workbench, password: str, fields: dict[str, str]
) -> None:
    bench.add("ann-471", email="ann.the.first@shop.example", fname="Annabelle", lname="Lovelace")

    with pytest.raises(InvalidInputError, match="is the customer's own id, e-mail address or name"):
        bench.update("ann-471", password=password, **fields)


@pytest.mark.parametrize("password", ["Byron1815", "bea.byron1", "Beatrice!"])
def test_what_the_update_gives_is_none_either(bench: Workbench, password: str) -> None:
    bench.add("ann-471", fname="Annabelle", lname="Lovelace")
    fields = {"fname": "Beatrice", "lname": "Byron", "email": "bea.byron@shop.example"}

    with pytest.raises(InvalidInputError, match="is the customer's own id, e-mail address or name"):
        bench.update("ann-471", password=password, **fields)


def test_a_password_is_hashed_once_however_many_attempts_conflict(bench: Workbench) -> None:
    bench.add()
    bench.calls.before("customers.update", lambda: bench.update(fname="x"))

    calls = bench.calls.during(lambda: bench.update(password="battery staple"))

    assert calls.count("hasher.hash") == 1
    assert calls.count("hasher.verify") == 2
