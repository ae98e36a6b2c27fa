"""Listing and ending all sessions of one customer."""

from collections.abc import Callable
from typing import Any

import pytest
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    Actor,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    SessionService,
)

USE_CASES: dict[str, Callable[..., Any]] = {
    "list_sessions": SessionService.list_sessions,
    "end_sessions": SessionService.end_sessions,
}
each_use_case = pytest.mark.parametrize("name", USE_CASES)


@pytest.fixture(autouse=True)
def customers(bench: Workbench) -> None:
    bench.add("ann")
    bench.add("bob")


def call(bench: Workbench, name: str, customer_id: str, actor: Actor) -> Any:
    return USE_CASES[name](bench.sessions, customer_id, actor=actor)


def test_live_sessions_are_listed_oldest_first(bench: Workbench) -> None:
    bench.login()
    bench.clock.advance(minutes=20)
    first = bench.login().session
    bench.clock.advance(minutes=5)
    second = bench.login().session
    bench.clock.advance(minutes=5)

    assert bench.sessions.list_sessions("ann", actor=OPERATOR) == (first, second)


def test_a_customer_without_sessions_has_an_empty_list(bench: Workbench) -> None:
    assert bench.sessions.list_sessions("ann", actor=OPERATOR) == ()


def test_listing_is_one_read_and_leaves_no_trace(bench: Workbench) -> None:
    before = bench.states()

    calls = bench.calls.during(lambda: bench.sessions.list_sessions("ann", actor=OPERATOR))

    assert calls == ["sessions.get_with_sessions"]
    assert bench.states() == before


def test_all_sessions_of_only_this_customer_end(bench: Workbench) -> None:
    ended = [bench.login("ann").context_id for _ in range(3)]
    kept = bench.login("bob").context_id

    bench.sessions.end_sessions("ann", actor=OPERATOR)

    assert not any(map(bench.is_live, ended))
    assert bench.is_live(kept)
    record = bench.last_record()
    assert (record.operation_name, record.message) == ("end_sessions", "All sessions ended.")
    assert (record.status_code, record.actor_id) == (200, "operator")


def test_ending_is_one_write(bench: Workbench) -> None:
    calls = bench.calls.during(lambda: bench.sessions.end_sessions("ann", actor=OPERATOR))

    assert calls == ["sessions.close_all"]


@each_use_case
def test_customers_may_do_it_to_themselves(bench: Workbench, name: str) -> None:
    actor = bench.login("ann").session

    assert call(bench, name, "ann", actor) in ((actor,), None)


@each_use_case
@pytest.mark.parametrize("customer_id", ["bob", "nobody"])
def test_only_admins_may_do_it_to_others(bench: Workbench, name: str, customer_id: str) -> None:
    actor = bench.login("ann").session
    bobs = bench.login("bob").context_id

    with pytest.raises(ForbiddenError):
        call(bench, name, customer_id, actor)

    assert bench.is_live(bobs)
    record = bench.last_record(customer_id)
    assert (record.operation_name, record.status_code, record.actor_id) == (name, 403, "ann")


@each_use_case
def test_an_unknown_customer_is_not_found(bench: Workbench, name: str) -> None:
    with pytest.raises(CustomerNotFoundError):
        call(bench, name, "nobody", OPERATOR)

    assert bench.log("nobody") == ()


@each_use_case
@pytest.mark.parametrize("customer_id", ["", "a b", None])
def test_an_id_of_another_form_is_refused(bench: Workbench, name: str, customer_id: Any) -> None:
    with pytest.raises(InvalidInputError):
        call(bench, name, customer_id, OPERATOR)
