"""Refused logins, which reveal nothing by their answer or their time."""

from collections.abc import Callable
from typing import Any

import pytest
from support.workbench import PASSWORD, Workbench

from cybershop_customer import InvalidInputError, LoginRefusedError

WRONG = "not the password"

Attempt = Callable[[Workbench], object]

REFUSALS: dict[str, tuple[str, Attempt]] = {
    "wrong password": ("ann", lambda bench: bench.login("ann", WRONG)),
    "unknown customer": ("-", lambda bench: bench.login("nobody")),
    "deleted customer": ("-", lambda bench: bench.login("gone")),
    "the audit log's unknown customer": ("-", lambda bench: bench.login("-")),
    "wrong password, by address": ("ann", lambda bench: bench.login_by_email("ann", WRONG)),
    "unknown address": ("-", lambda bench: bench.login_by_email("nobody")),
    "address of a deleted customer": ("-", lambda bench: bench.login_by_email("gone")),
}
"""Logins that are refused, each with the customer whose log has the record."""

each_refusal = pytest.mark.parametrize(
    ("customer_id", "attempt"), REFUSALS.values(), ids=REFUSALS.keys()
)


@pytest.fixture
def shop(bench: Workbench) -> Workbench:
    """A shop with one customer, and one deleted customer."""
    bench.add("ann")
    bench.add("gone")
    bench.delete("gone")
    return bench


@each_refusal
def test_every_refusal_is_the_same_error(
    shop: Workbench, customer_id: str, attempt: Attempt
) -> None:
    with pytest.raises(LoginRefusedError) as refusal:
        attempt(shop)

    assert type(refusal.value) is LoginRefusedError
    assert refusal.value.args == ("customer and password do not match",)
    assert vars(refusal.value) == {}
    assert refusal.value.__cause__ is None


@each_refusal
def test_every_refusal_costs_the_same(
    shop: Workbench, customer_id: str, attempt: Attempt, request: pytest.FixtureRequest
) -> None:
    costs = ["throttle.charge", "sessions.get_with_sessions", "hasher.verify", "audit_log.append"]
    if "address" in request.node.callspec.id:
        costs.insert(1, "customers.find_id_by_email")

    assert shop.calls.since(lambda: attempt(shop)) == costs


@each_refusal
def test_every_refusal_leaves_a_record_of_the_named_customer(
    shop: Workbench, customer_id: str, attempt: Attempt
) -> None:
    before = shop.log(customer_id)

    with pytest.raises(LoginRefusedError):
        attempt(shop)

    *earlier, record = shop.log(customer_id)
    assert tuple(earlier) == before
    assert (record.operation_name, record.message) == ("login", "Login refused.")
    assert (record.status_code, record.actor_id) == (401, "-")


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({}, ["customer_id"]),
        ({"customer_id": "ann", "email": "ann@shop.example"}, ["customer_id"]),
        ({"customer_id": "a b"}, ["customer_id"]),
        ({"customer_id": ""}, ["customer_id"]),
        ({"customer_id": 7}, ["customer_id"]),
        ({"email": ""}, ["email"]),
        ({"email": "nobody"}, ["email"]),
        ({"email": ["ann@shop.example"]}, ["email"]),
        ({"customer_id": "ann", "password": None}, ["password"]),
        ({"customer_id": "ann", "password": "x" * 1025}, ["password"]),
        ({"customer_id": "ann", "password": "\udcff"}, ["password"]),
        ({"customer_id": "ä", "password": 12345678}, ["customer_id", "password"]),
        ({"email": "nobody", "password": 12345678}, ["email", "password"]),
    ],
)
def test_malformed_input_is_refused_before_any_call(
    shop: Workbench, given: dict[str, Any], at_fault: list[str]
) -> None:
    shop.calls.names.clear()

    with pytest.raises(InvalidInputError) as refusal:
        shop.sessions.login(**{"password": PASSWORD, **given})

    assert [fault.field for fault in refusal.value.faults] == at_fault
    assert shop.calls.names == []


@pytest.mark.parametrize("password", ["", "short", "x" * 1024, "Pa\x00ss", "李小龍🦊"])
def test_the_rules_for_new_passwords_do_not_apply_to_a_login(
    shop: Workbench, password: str
) -> None:
    with pytest.raises(LoginRefusedError):
        shop.login("ann", password)
