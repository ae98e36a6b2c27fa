"""Whether the id of a deleted customer is given again."""

from datetime import timedelta

import pytest
from support.builders.values import a_customer, a_record
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    ADMIN,
    OPERATOR,
    CustomerExistsError,
    CustomerNotFoundError,
    IdPolicy,
    LoginRefusedError,
)
from cybershop_customer.adapters.memory.customer_repository import MemoryCustomerRepository
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.adapters.memory.tombstones import Tombstones
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START

DAY = timedelta(days=1)


@pytest.fixture
def keeping() -> Workbench:
    """The service as in production: it keeps the ids of deleted customers."""
    return Workbench(id_policy=IdPolicy(retention=30 * DAY))


def test_it_is_kept_as_long_as_the_records(keeping: Workbench) -> None:
    keeping.add()
    keeping.delete()
    deleted_at = keeping.clock.now()

    for moment in (deleted_at, deleted_at + 30 * DAY - timedelta(microseconds=1)):
        keeping.clock.moment = moment
        with pytest.raises(CustomerExistsError):
            keeping.add()
    keeping.clock.moment = deleted_at + 30 * DAY

    assert keeping.add()
    assert keeping.login()


def test_neither_an_admin_nor_the_operator_gets_it(keeping: Workbench) -> None:
    keeping.roles.ensure_admin("root", PASSWORD)
    keeping.add()
    keeping.delete()

    for actor in (OPERATOR, keeping.login("root").session):
        with pytest.raises(CustomerExistsError):
            keeping.add(actor=actor)


def test_no_password_is_hashed_for_it(keeping: Workbench) -> None:
    keeping.add()
    keeping.delete()

    def add() -> None:
        with pytest.raises(CustomerExistsError):
            keeping.add()

    assert keeping.calls.during(add) == ["customers.is_taken"]


def test_it_is_taken_if_the_customer_was_deleted_while_the_password_was_hashed(
    keeping: Workbench,
) -> None:
    def come_and_go() -> None:
        keeping.add(email="other@shop.example")
        keeping.delete()

    keeping.calls.before("customers.add", come_and_go)

    with pytest.raises(CustomerExistsError):
        keeping.add()
    assert [record.operation_name for record in keeping.log()] == [
        "add_customer",
        "delete_customer",
    ]


def test_every_use_case_takes_it_for_no_customer(keeping: Workbench) -> None:
    keeping.add()
    context_id = keeping.login().context_id
    keeping.delete()
    records = keeping.log()

    assert not keeping.is_live(context_id)
    for use in (
        lambda: keeping.customers.get_customer("ann", actor=OPERATOR),
        lambda: keeping.update(fname="Ghost"),
        lambda: keeping.update(fname="Ghost", if_version=1),
        lambda: keeping.update(password="another horse"),
        keeping.delete,
        lambda: keeping.roles.grant_role("ann", ADMIN, actor=OPERATOR),
        lambda: keeping.roles.revoke_role("ann", ADMIN, actor=OPERATOR),
        lambda: keeping.sessions.end_sessions("ann", actor=OPERATOR),
        lambda: keeping.sessions.list_sessions("ann", actor=OPERATOR),
    ):
        with pytest.raises(CustomerNotFoundError):
            use()
    for login in (keeping.login, lambda: keeping.login_by_email("ann")):
        with pytest.raises(LoginRefusedError):
            login()
    assert keeping.log() == records


def test_a_login_that_began_before_the_deletion_is_refused(keeping: Workbench) -> None:
    keeping.add()
    keeping.calls.before("sessions.open", keeping.delete)

    with pytest.raises(LoginRefusedError):
        keeping.login()


def test_an_id_that_is_not_chosen_costs_no_look_up(keeping: Workbench) -> None:
    def add() -> None:
        keeping.customers.add_customer(email="zoe@shop.example", password=PASSWORD)

    assert "customers.is_taken" not in keeping.calls.during(add)


def test_the_settings_decide() -> None:
    production = Settings.from_environ({})
    assert production.id_policy == IdPolicy(reuse=False, retention=400 * DAY)
    assert production.id_policy.kept_until(START) == START + 400 * DAY

    demo = Settings.demo_from_environ({"CUSTOMER_AUDIT_RETENTION_DAYS": "7"})
    assert demo.id_policy == IdPolicy(reuse=True, retention=7 * DAY)
    assert demo.id_policy.kept_until(START) is None


def test_memory_forgets_tombstones_that_have_ended() -> None:
    tombstones = Tombstones()
    for day in range(100):
        now = START + day * DAY
        tombstones.add(f"customer-{day}", now + 10 * DAY, now)
        assert len(tombstones) <= 10

    tombstones.add("customer-99", START + 200 * DAY, START + 99 * DAY)
    assert len(tombstones) == 10, "one for each id"


def test_memory_removes_the_tombstone_of_an_id_that_is_given_again() -> None:
    tables = Tables()
    customers = MemoryCustomerRepository(tables)
    customer = a_customer()
    customers.add(customer, a_record(customer.customer_id))
    customers.delete(customer, a_record(customer.customer_id), id_kept_until=START)
    assert len(tables.tombstones) == 1

    customers.add(customer, a_record(customer.customer_id))

    assert len(tables.tombstones) == 0
