"""Granting and revoking roles."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    RoleService,
    SelfRemovalError,
    VersionConflictError,
)

USE_CASES: dict[str, Callable[..., bool]] = {
    "grant_role": RoleService.grant_role,
    "revoke_role": RoleService.revoke_role,
}
each_use_case = pytest.mark.parametrize("name", USE_CASES)


@pytest.fixture(autouse=True)
def customer(bench: Workbench) -> None:
    bench.add("ann")


def grant(bench: Workbench, role: str) -> bool:
    return bench.roles.grant_role("ann", role, actor=OPERATOR)


def revoke(bench: Workbench, role: str) -> bool:
    return bench.roles.revoke_role("ann", role, actor=OPERATOR)


def test_roles_are_granted_and_revoked_one_by_one(bench: Workbench) -> None:
    assert grant(bench, "admin")
    assert grant(bench, "clerk")
    assert bench.stored().roles == {"admin", "clerk"}

    assert revoke(bench, "admin")
    assert bench.stored().roles == {"clerk"}
    assert revoke(bench, "clerk")
    assert bench.stored().roles == frozenset()


def test_nothing_but_roles_and_version_changes_and_no_session_ends(bench: Workbench) -> None:
    context_id = bench.login().context_id
    before = bench.stored()
    later = bench.clock.advance(seconds=5)

    grant(bench, "clerk")

    assert bench.stored() == replace(
        before, roles=frozenset({"clerk"}), version=2, updated_at=later
    )
    assert bench.is_live(context_id)


def test_each_change_leaves_a_record(bench: Workbench) -> None:
    grant(bench, "clerk")
    granted = bench.last_record()
    bench.clock.advance(seconds=1)
    revoke(bench, "clerk")
    revoked = bench.last_record()

    assert (granted.operation_name, granted.message) == ("grant_role", "Role clerk granted.")
    assert (revoked.operation_name, revoked.message) == ("revoke_role", "Role clerk revoked.")
    assert granted.fields == revoked.fields == ("roles",)
    assert granted.actor_id == revoked.actor_id == "operator"


def test_a_role_that_needs_no_change_is_not_written(bench: Workbench) -> None:
    grant(bench, "clerk")
    before = bench.states()

    assert not grant(bench, "clerk")
    assert not revoke(bench, "admin")

    assert bench.states() == before


@each_use_case
def test_only_admins_may(bench: Workbench, name: str) -> None:
    grant(bench, "clerk")
    actor = bench.login().session

    for role in ("admin", "clerk"):
        with pytest.raises(ForbiddenError):
            USE_CASES[name](bench.roles, "ann", role, actor=actor)

    assert bench.stored().roles == {"clerk"}
    record = bench.last_record()
    assert (record.operation_name, record.status_code, record.actor_id) == (name, 403, "ann")


def test_an_admin_may_as_long_as_the_role_lasts(bench: Workbench) -> None:
    grant(bench, "admin")
    context_id = bench.login().context_id
    admin = bench.sessions.check_session(context_id)
    assert bench.roles.grant_role("ann", "clerk", actor=admin)

    revoke(bench, "admin")

    with pytest.raises(ForbiddenError):
        bench.roles.grant_role("ann", "x", actor=bench.sessions.check_session(context_id))


def test_an_admin_cannot_demote_themselves(bench: Workbench) -> None:
    grant(bench, "admin")
    grant(bench, "clerk")
    admin = bench.login().session

    with pytest.raises(SelfRemovalError) as refusal:
        bench.roles.revoke_role("ann", "admin", actor=admin)

    assert refusal.value.role == "admin"
    assert bench.stored().roles == {"admin", "clerk"}
    record = bench.last_record()
    assert (record.operation_name, record.message) == (
        "revoke_role",
        "Refused: needs another admin.",
    )
    assert (record.status_code, record.actor_id) == (403, "ann")
    assert bench.roles.revoke_role("ann", "clerk", actor=admin), "another role may go"
    assert not bench.roles.grant_role("ann", "admin", actor=admin)


def test_another_admin_and_the_operator_can_demote_an_admin(bench: Workbench) -> None:
    bench.add("bob")
    for name in ("ann", "bob"):
        bench.roles.grant_role(name, "admin", actor=OPERATOR)

    assert bench.roles.revoke_role("ann", "admin", actor=bench.login("bob").session)
    assert bench.roles.revoke_role("bob", "admin", actor=OPERATOR)


@each_use_case
def test_an_unknown_customer_is_not_found(bench: Workbench, name: str) -> None:
    with pytest.raises(CustomerNotFoundError):
        USE_CASES[name](bench.roles, "nobody", "admin", actor=OPERATOR)


@each_use_case
@pytest.mark.parametrize("role", ["", "Admin", "a b", "1st", "a" * 33, "ä", None, 7])
def test_a_role_of_another_form_is_refused(bench: Workbench, name: str, role: Any) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        USE_CASES[name](bench.roles, "no spaces", role, actor=OPERATOR)

    assert [fault.field for fault in refusal.value.faults] == ["customer_id", "role"]


def test_a_concurrent_change_is_not_lost(bench: Workbench) -> None:
    bench.calls.before("customers.update", lambda: bench.update(fname="Zoë"))

    assert grant(bench, "clerk")

    assert (bench.stored().fname, bench.stored().roles) == ("Zoë", {"clerk"})


def test_two_concurrent_grants_are_both_kept(bench: Workbench) -> None:
    bench.calls.before("customers.update", lambda: grant(bench, "packer"))

    assert grant(bench, "clerk")

    assert bench.stored().roles == {"clerk", "packer"}


def test_the_same_concurrent_grant_is_made_once(bench: Workbench) -> None:
    bench.calls.before("customers.update", lambda: grant(bench, "clerk"))

    assert not grant(bench, "clerk")

    assert bench.stored().version == 2


def test_five_conflicts_in_a_row_are_reported(bench: Workbench) -> None:
    bench.calls.fail("customers.update", VersionConflictError("ann"), times=5)

    with pytest.raises(VersionConflictError):
        grant(bench, "clerk")
