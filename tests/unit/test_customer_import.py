"""Imported customers keep their ids, profiles and passwords; an import can be run again."""

from typing import Any

import pytest

from cybershop_customer import OPERATOR, LoginRefusedError
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.customer_import import CustomerImport, ImportOutcome
from cybershop_customer.entrypoints.item_file import TableItem

ADDED, EXISTS, REFUSED = ImportOutcome.ADDED, ImportOutcome.EXISTS, ImportOutcome.REFUSED
RANDOM = ImportOutcome.ADDED_WITHOUT_PASSWORD
SECRET = "planted horse"


@pytest.fixture
def container() -> Container:
    return memory_container()


def an_item(number: int, customer_id: str, **fields: str | None) -> TableItem:
    given: dict[str, str | None] = {
        "customer_id": customer_id,
        "email": f"{customer_id}@shop.example",
        "password": SECRET,
        **fields,
    }
    return TableItem(number, {name: value for name, value in given.items() if value is not None})


def run(container: Container, *items: TableItem, **options: Any) -> list[tuple[Any, ...]]:
    """Number, outcome and reason of each item."""
    importing = CustomerImport(container.customers(), container.random_source(), **options)
    return [(each.number, each.outcome, each.reason) for each in importing.add(items)]


def test_a_customer_keeps_id_profile_and_password(container: Container) -> None:
    # Only an operator may give this id.
    item = an_item(1, "admin", fname="Zoë", lname="L", address1="Earth 1", address2="", locale="de")

    assert run(container, item) == [(1, ADDED, "")]

    customer = container.customers().get_customer("admin", actor=OPERATOR)
    assert (customer.email, customer.fname, customer.lname) == ("admin@shop.example", "Zoë", "L")
    assert (customer.address1, customer.address2, customer.locale) == ("Earth 1", "", "de")
    assert customer.roles == frozenset()
    assert SECRET not in customer.password_hash
    assert container.sessions().login(customer_id="admin", password=SECRET).context_id


def test_run_again_it_leaves_customers_alone(container: Container) -> None:
    items = [an_item(number, f"c{number}") for number in range(1, 4)]
    run(container, items[0], items[1])
    container.customers().update_customer("c1", actor=OPERATOR, fname="Changed")
    container.customers().delete_customer("c2", actor=OPERATOR)
    before = container.customers().get_customer("c1", actor=OPERATOR)

    assert [outcome for _, outcome, _ in run(container, *items)] == [EXISTS, ADDED, ADDED]

    assert container.customers().get_customer("c1", actor=OPERATOR) == before


def test_what_breaks_a_rule_is_refused_with_the_reason_and_without_the_value(
    container: Container,
) -> None:
    shown = run(
        container,
        an_item(1, "a b"),
        an_item(2, "b", email=SECRET),
        an_item(3, "c", fname=f"{SECRET}\n"),
        an_item(4, "d", password="x\x00y"),
        an_item(5, "e", password=None),
        an_item(6, "f"),
        an_item(7, "g", email="f@shop.example"),
        an_item(8, "h", password="planted \udcff"),
    )

    assert [outcome for _, outcome, _ in shown] == [REFUSED] * 5 + [ADDED] + [REFUSED] * 2
    reasons = [reason for _, _, reason in shown]
    for reason, field in zip(
        reasons,
        ("customer_id", "email", "fname", "password", "password is missing", "", "email", "pass"),
        strict=True,
    ):
        assert reason.startswith(field)
    assert "planted" not in "".join(reasons)


def test_a_password_that_breaks_a_rule_can_be_replaced_by_one_that_no_one_knows(
    container: Container,
) -> None:
    items = [an_item(1, "a", password="abc"), an_item(2, "b", password=None), an_item(3, "c")]
    wrong = an_item(4, "d", password="abc", email="no address")

    shown = run(container, *items, wrong, replace_passwords=True)

    assert [outcome for _, outcome, _ in shown] == [RANDOM, RANDOM, ADDED, REFUSED]
    with pytest.raises(LoginRefusedError):
        container.sessions().login(customer_id="a", password="abc")
    again = run(container, *items, replace_passwords=True)
    assert [outcome for _, outcome, _ in again] == [EXISTS] * 3


def test_results_come_in_the_order_of_the_file(container: Container) -> None:
    items = [an_item(number, f"c{number}") for number in range(150)]

    shown = run(container, *items, threads=4)

    assert [number for number, _, _ in shown] == [*range(150)]
    assert {outcome for _, outcome, _ in shown} == {ADDED}
