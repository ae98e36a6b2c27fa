"""Customers read, change and delete their own accounts."""

import pytest
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    CustomerNotFoundError,
    InvalidInputError,
    LoginRefusedError,
    SelfRemovalError,
    Session,
    VersionConflictError,
)


@pytest.fixture
def actor(bench: Workbench) -> Session:
    bench.add(fname="Ann")
    bench.add("bob")
    return bench.login().session


def test_it_is_read_by_its_session(bench: Workbench, actor: Session) -> None:
    assert bench.accounts.get_account(actor=actor) == bench.stored()


def test_the_profile_changes_and_nothing_else(bench: Workbench, actor: Session) -> None:
    before = bench.stored()

    version = bench.accounts.update_account(actor=actor, lname="Green", locale="de-AT")

    after = bench.stored()
    assert (after.lname, after.locale, after.fname) == ("Green", "de-AT", "Ann")
    assert after.version == version == before.version + 1
    assert (after.email, after.password_hash) == (before.email, before.password_hash)
    record = bench.last_record()
    assert (record.operation_name, record.fields) == ("update_account", ("lname", "locale"))
    assert record.actor_id == "ann"


def test_a_change_of_nothing_writes_nothing(bench: Workbench, actor: Session) -> None:
    calls = bench.calls.during(lambda: bench.accounts.update_account(actor=actor, fname="Ann"))

    assert calls == ["customers.get"]


def test_a_condition_on_the_version_holds(bench: Workbench, actor: Session) -> None:
    version = bench.stored().version
    with pytest.raises(VersionConflictError):
        bench.accounts.update_account(actor=actor, if_version=version + 1, fname="x")
    with pytest.raises(VersionConflictError):
        bench.accounts.delete_account(actor=actor, if_version=version + 1)

    assert bench.accounts.update_account(actor=actor, if_version=version, fname="x") == version + 1


def test_without_a_condition_it_reads_again_after_a_conflict(
    bench: Workbench, actor: Session
) -> None:
    bench.calls.before(
        "customers.update", lambda: bench.storage.customers and bench.update(lname="Green")
    )
    bench.calls.before("customers.update", lambda: None)

    bench.accounts.update_account(actor=actor, fname="Zoë")

    assert (bench.stored().fname, bench.stored().lname) == ("Zoë", "Green")


def test_faults_are_named_together(bench: Workbench, actor: Session) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        bench.accounts.update_account(actor=actor, fname="a\nb", locale="de_AT")
    assert {fault.field for fault in refusal.value.faults} == {"fname", "locale"}

    with pytest.raises(InvalidInputError):
        bench.accounts.update_account(actor=actor)


def test_a_deleted_account_is_gone_with_its_sessions(bench: Workbench, actor: Session) -> None:
    other = bench.login().context_id

    bench.accounts.delete_account(actor=actor)

    assert not bench.is_live(other)
    with pytest.raises(LoginRefusedError):
        bench.login()
    with pytest.raises(CustomerNotFoundError):
        bench.accounts.get_account(actor=actor)
    assert bench.stored("bob")
    assert bench.storage.customers.find_id_by_email("ann@shop.example") is None
    record = bench.last_record()
    assert (record.operation_name, record.actor_id) == ("delete_account", "ann")


def test_an_admin_cannot_leave(bench: Workbench, actor: Session) -> None:
    bench.roles.grant_role("ann", "admin", actor=OPERATOR)
    admin = bench.login().session

    with pytest.raises(SelfRemovalError):
        bench.accounts.delete_account(actor=admin)

    assert bench.stored()
