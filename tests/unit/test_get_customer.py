"""Reading one customer."""

import pytest
from support.services.workbench import Workbench

from cybershop_customer import (
    ADMIN,
    OPERATOR,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
)


def test_an_admin_reads_any_customer(bench: Workbench) -> None:
    customer = bench.add()

    assert bench.customers.get_customer("ann", actor=OPERATOR) == customer


def test_customers_read_themselves(bench: Workbench) -> None:
    customer = bench.add()

    assert bench.customers.get_customer("ann", actor=bench.login().session) == customer


def test_reading_leaves_no_record(bench: Workbench) -> None:
    bench.add()
    before = bench.states()

    bench.customers.get_customer("ann", actor=OPERATOR)

    assert bench.states() == before


@pytest.mark.parametrize("asked_for", ["bob", "nobody"])
def test_other_customers_do_not_learn_whether_a_customer_exists(
    bench: Workbench, asked_for: str
) -> None:
    bench.add("ann")
    bench.add("bob")

    with pytest.raises(ForbiddenError) as refusal:
        bench.customers.get_customer(asked_for, actor=bench.login("ann").session)

    assert refusal.value.role == ADMIN
    record = bench.last_record(asked_for)
    assert (record.operation_name, record.status_code, record.actor_id) == (
        "get_customer",
        403,
        "ann",
    )
    assert record.message == "Refused: needs the role admin."


def test_an_unknown_customer_is_not_found(bench: Workbench) -> None:
    with pytest.raises(CustomerNotFoundError) as refusal:
        bench.customers.get_customer("nobody", actor=OPERATOR)

    assert refusal.value.customer_id == "nobody"


@pytest.mark.parametrize("customer_id", ["", "a b", None, 7])
def test_an_id_of_another_form_is_refused(bench: Workbench, customer_id: str) -> None:
    with pytest.raises(InvalidInputError):
        bench.customers.get_customer(customer_id, actor=OPERATOR)
