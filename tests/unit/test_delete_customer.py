"""Deleting customers."""

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
    SelfRemovalError,
    VersionConflictError,
)


def test_a_deleted_customer_is_gone_with_every_session(bench: Workbench) -> None:
    bench.add()
    logins = [bench.login(), bench.login()]

    bench.delete()

    assert bench.storage.customers.get("ann", now=bench.clock.now()) is None
    assert not any(bench.is_live(login.context_id) for login in logins)
    with pytest.raises(LoginRefusedError):
        bench.login()


def test_the_log_remains_and_says_who_did_it(bench: Workbench) -> None:
    bench.add()
    bench.roles.ensure_admin("root", PASSWORD)

    bench.customers.delete_customer("ann", actor=bench.login("root").session)

    added, deleted = bench.log()
    assert added.operation_name == "add_customer"
    assert (deleted.operation_name, deleted.message) == ("delete_customer", "Customer deleted.")
    assert (deleted.status_code, deleted.actor_id, deleted.fields) == (200, "root", ())


def test_id_and_address_can_be_used_again(bench: Workbench) -> None:
    bench.add()
    old = bench.login()

    bench.delete()
    bench.add()

    assert not bench.is_live(old.context_id)


def test_nothing_read_of_a_deleted_customer_fits_their_successor(bench: Workbench) -> None:
    old = bench.add()
    bench.delete()
    new = bench.add()
    before = bench.states()

    assert old.version != new.version
    assert old.password_version != new.password_version
    for action in (bench.delete, lambda **of: bench.update(fname="x", **of)):
        with pytest.raises(VersionConflictError):
            action(if_version=old.version)
    assert bench.states() == before


def test_deleting_costs_one_read_and_one_write(bench: Workbench) -> None:
    bench.add()

    assert bench.calls.during(bench.delete) == ["customers.get", "customers.delete"]


def test_a_customer_is_deleted_once(bench: Workbench) -> None:
    bench.add()
    bench.delete()
    before = bench.states()

    with pytest.raises(CustomerNotFoundError):
        bench.delete()

    assert bench.states() == before


@pytest.mark.parametrize("customer_id", ["ann", "bob", "nobody"])
def test_a_customer_may_delete_no_customer(bench: Workbench, customer_id: str) -> None:
    bench.add("ann")
    bench.add("bob")

    with pytest.raises(ForbiddenError):
        bench.customers.delete_customer(customer_id, actor=bench.login("ann").session)

    assert bench.stored("ann")
    assert bench.stored("bob")
    record = bench.last_record(customer_id)
    assert (record.operation_name, record.status_code, record.actor_id) == (
        "delete_customer",
        403,
        "ann",
    )


@pytest.mark.parametrize("condition", [{}, {"if_version": 2}])
def test_an_admin_cannot_delete_themselves(bench: Workbench, condition: dict[str, int]) -> None:
    bench.add("ann")
    bench.roles.grant_role("ann", "admin", actor=OPERATOR)
    login = bench.login("ann")

    with pytest.raises(SelfRemovalError):
        bench.customers.delete_customer("ann", actor=login.session, **condition)

    assert bench.is_live(login.context_id)
    record = bench.last_record("ann")
    assert (record.operation_name, record.message, record.fields) == (
        "delete_customer",
        "Refused: needs another admin.",
        (),
    )
    assert (record.status_code, record.actor_id) == (403, "ann")


def test_another_admin_and_the_operator_can_delete_an_admin(bench: Workbench) -> None:
    for name in ("ann", "bob"):
        bench.add(name)
        bench.roles.grant_role(name, "admin", actor=OPERATOR)

    bench.customers.delete_customer("ann", actor=bench.login("bob").session)
    bench.customers.delete_customer("bob", actor=OPERATOR)

    assert (
        bench.storage.customers.get("ann", now=bench.clock.now())
        is bench.storage.customers.get("bob", now=bench.clock.now())
        is None
    )


@pytest.mark.parametrize("customer_id", ["", "a b", None])
def test_an_id_of_another_form_is_refused(bench: Workbench, customer_id: str) -> None:
    with pytest.raises(InvalidInputError):
        bench.customers.delete_customer(customer_id, actor=OPERATOR)

    assert bench.calls.names == []
