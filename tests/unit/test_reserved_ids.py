"""Who may add a customer with an id that customers take for the shop's own."""

from dataclasses import replace

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import ADMIN, OPERATOR, InvalidInputError


def test_only_the_operator_may_add_such_a_customer(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError):
        bench.add("support")

    assert bench.add("support", actor=OPERATOR).customer_id == "support"
    assert bench.last_record("support").actor_id == "operator"
    assert bench.is_live(bench.login("support").context_id)


def test_an_admin_may_not(bench: Workbench) -> None:
    bench.add("ann")
    bench.roles.grant_role("ann", ADMIN, actor=OPERATOR)
    admin = bench.login("ann").session

    with pytest.raises(InvalidInputError):
        bench.add("support", actor=admin)
    bench.add("bob", actor=admin)
    assert bench.last_record("bob").actor_id == "ann"


def test_without_an_actor_the_record_names_no_actor(bench: Workbench) -> None:
    bench.add("ann")

    assert bench.last_record("ann").actor_id == "-"


@pytest.mark.parametrize("customer_id", ["login", "Health", "operator", ".."])
def test_even_the_operator_may_not_choose_the_word_of_a_path(
    bench: Workbench, customer_id: str
) -> None:
    with pytest.raises(InvalidInputError):
        bench.customers.add_customer(
            customer_id=customer_id, email="ann@shop.example", password=PASSWORD, actor=OPERATOR
        )
    with pytest.raises(InvalidInputError):
        bench.roles.ensure_admin(customer_id, PASSWORD)


def test_an_admin_is_ensured_under_such_a_name(bench: Workbench) -> None:
    bench.roles.ensure_admin("admin", PASSWORD)

    assert bench.stored("admin").roles == {ADMIN}


def test_a_customer_with_such_an_id_keeps_it(bench: Workbench) -> None:
    """A customer from before the id was reserved."""
    bench.add("ann")
    ann = bench.stored("ann")
    old = bench.storage.customers._tables.rows  # type: ignore[attr-defined]
    for customer_id in ("health", "support"):
        old[customer_id] = replace(old["ann"], customer=replace(ann, customer_id=customer_id))

        login = bench.login(customer_id)
        assert bench.is_live(login.context_id)
        assert bench.update(customer_id, fname="Ann") == ann.version + 1
        assert bench.roles.grant_role(customer_id, ADMIN, actor=OPERATOR)
        bench.delete(customer_id)
