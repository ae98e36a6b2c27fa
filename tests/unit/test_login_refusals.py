"""Refused logins, which reveal nothing by their answer or their time."""

from collections.abc import Callable
from typing import Any

import pytest
from support.services.workbench import PASSWORD, Workbench

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

WITH_TOKENS: dict[str, dict[str, str]] = {
    "wrong password": {"customer_id": "ann", "password": WRONG},
    "unknown customer": {"customer_id": "nobody", "password": PASSWORD},
    "deleted customer": {"customer_id": "gone", "password": PASSWORD},
    "wrong password, by address": {"email": "ann@shop.example", "password": WRONG},
    "unknown address": {"email": "nobody@shop.example", "password": PASSWORD},
    "address of a deleted customer": {"email": "gone@shop.example", "password": PASSWORD},
}
"""Logins that are refused, to be sent with a device token."""

each_refusal = pytest.mark.parametrize(
    ("customer_id", "attempt"), REFUSALS.values(), ids=REFUSALS.keys()
)


@pytest.fixture
def bench_with_ann(bench: Workbench) -> Workbench:
    """Somebody is there, and somebody was."""
    bench.add("ann")
    bench.add("gone")
    bench.delete("gone")
    return bench


@each_refusal
def test_every_refusal_is_the_same_error(
    bench_with_ann: Workbench, customer_id: str, attempt: Attempt
) -> None:
    with pytest.raises(LoginRefusedError) as refusal:
        attempt(bench_with_ann)

    assert type(refusal.value) is LoginRefusedError
    assert refusal.value.args == ("customer and password do not match",)
    assert vars(refusal.value) == {}
    assert refusal.value.__cause__ is None


@each_refusal
def test_every_refusal_costs_the_same(
    bench_with_ann: Workbench, customer_id: str, attempt: Attempt, request: pytest.FixtureRequest
) -> None:
    costs = ["throttle.charge", "sessions.get_with_sessions", "hasher.verify", "audit_log.append"]
    if "address" in request.node.callspec.id:
        costs.insert(1, "customers.find_id_by_email")

    assert bench_with_ann.calls.during(lambda: attempt(bench_with_ann)) == costs


@each_refusal
def test_every_refusal_leaves_a_record_with_whom_it_named(
    bench_with_ann: Workbench, customer_id: str, attempt: Attempt
) -> None:
    before = bench_with_ann.log(customer_id)

    with pytest.raises(LoginRefusedError):
        attempt(bench_with_ann)

    *earlier, record = bench_with_ann.log(customer_id)
    assert tuple(earlier) == before
    assert (record.operation_name, record.message) == ("login", "Login refused.")
    assert (record.status_code, record.actor_id) == (401, "-")


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("given", WITH_TOKENS.values(), ids=WITH_TOKENS.keys())
def test_with_a_device_token_every_refusal_is_the_same_error_and_costs_the_same(
    bench_with_ann: Workbench, given: dict[str, str], *, known: bool
) -> None:
    token = bench_with_ann.login().device_token if known else "x" * 43
    bench_with_ann.calls.names.clear()

    with pytest.raises(LoginRefusedError) as refusal:
        bench_with_ann.sessions.login(**given, device_token=token)

    assert vars(refusal.value) == {}
    assert refusal.value.args == ("customer and password do not match",)
    costs = ["sessions.get_with_sessions", "throttle.charge", "hasher.verify", "audit_log.append"]
    if "email" in given:
        costs.insert(0, "customers.find_id_by_email")
    assert bench_with_ann.calls.names == costs


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
def test_what_could_be_nobodys_is_refused_before_any_call(
    bench_with_ann: Workbench, given: dict[str, Any], at_fault: list[str]
) -> None:
    bench_with_ann.calls.names.clear()

    with pytest.raises(InvalidInputError) as refusal:
        bench_with_ann.sessions.login(**{"password": PASSWORD, **given})

    assert [fault.field for fault in refusal.value.faults] == at_fault
    assert bench_with_ann.calls.names == []


@pytest.mark.parametrize("password", ["", "short", "x" * 1024, "Pa\x00ss", "李小龍🦊"])
def test_the_rules_for_new_passwords_do_not_judge_old_ones(
    bench_with_ann: Workbench, password: str
) -> None:
    with pytest.raises(LoginRefusedError):
        bench_with_ann.login("ann", password)
