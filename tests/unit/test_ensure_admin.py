"""Ensuring the admin of the settings, at each start."""

from dataclasses import replace

import pytest
from support.races.threads import THREADS, race
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    Customer,
    IdPolicy,
    InvalidInputError,
    LoginRefusedError,
)

SQUATTED = "squatter's own"


def ensure(bench: Workbench) -> None:
    bench.roles.ensure_admin("boss", PASSWORD)


def test_a_missing_admin_is_added(bench: Workbench) -> None:
    ensure(bench)

    now = bench.clock.now()
    assert bench.stored("boss") == Customer(
        customer_id="boss",
        roles=frozenset({"admin"}),
        password_hash=bench.hasher.hash(PASSWORD),
        created_at=now,
        updated_at=now,
    )
    assert bench.login("boss").session.roles == {"admin"}


def test_the_record_says_what_was_done_and_by_whom(bench: Workbench) -> None:
    ensure(bench)

    (record,) = bench.log("boss")
    assert (record.operation_name, record.message) == ("ensure_admin", "Admin ensured.")
    assert (record.actor_id, record.status_code) == ("operator", 200)
    assert record.fields == ("password", "roles")


def test_an_admin_that_needs_no_change_is_not_written(bench: Workbench) -> None:
    ensure(bench)
    context_id = bench.login("boss").context_id
    before = bench.states("boss")

    ensure(bench)

    assert bench.states("boss") == before
    assert bench.is_live(context_id)


def test_a_customer_that_took_the_id_first_does_not_become_admin(bench: Workbench) -> None:
    bench.add("boss", password=SQUATTED)
    squatter = bench.login("boss", SQUATTED)

    ensure(bench)

    assert not bench.is_live(squatter.context_id)
    with pytest.raises(LoginRefusedError):
        bench.login("boss", SQUATTED)
    bench.clock.advance(seconds=1)
    assert bench.login("boss").session.roles == {"admin"}
    assert bench.last_record("boss").operation_name == "login"


def test_a_squatter_is_replaced_in_one_change_with_one_record(bench: Workbench) -> None:
    before = bench.add("boss", password=SQUATTED)

    ensure(bench)

    assert bench.stored("boss") == replace(
        before,
        email=None,
        email_key=None,
        roles=frozenset({"admin"}),
        password_hash=bench.hasher.hash(PASSWORD),
        password_version=2,
        version=2,
    )
    fields = [record.fields for record in bench.log("boss")]
    assert fields[1:] == [("email", "password", "roles")]


def test_address_and_names_of_a_squatter_go_and_the_address_is_free(bench: Workbench) -> None:
    bench.add("boss", password=SQUATTED, fname="Squat", address2="Earth 2")

    ensure(bench)

    admin = bench.stored("boss")
    assert (admin.email, admin.email_key, set(admin.profile.values())) == (None, None, {""})
    assert bench.log("boss")[-1].fields == ("address2", "email", "fname", "password", "roles")
    assert bench.storage.customers.find_id_by_email("boss@shop.example") is None
    with pytest.raises(LoginRefusedError):
        bench.login_by_email("boss", PASSWORD)
    assert bench.add("ann", email="boss@shop.example")


def test_a_shared_address_of_a_squatter_goes_too() -> None:
    bench = Workbench(unique_email=False)
    bench.add("boss", password=SQUATTED)

    ensure(bench)

    assert bench.stored("boss").email is None
    assert bench.log("boss")[-1].fields == ("email", "password", "roles")


def test_a_squatter_without_address_and_names_is_no_special_case(bench: Workbench) -> None:
    ensure(bench)
    bench.roles.revoke_role("boss", "admin", actor=OPERATOR)
    bench.update("boss", password=SQUATTED)

    ensure(bench)

    assert bench.stored("boss").roles == {"admin"}
    assert bench.log("boss")[-1].fields == ("password", "roles")


def test_devices_and_sessions_of_a_squatter_go_with_the_password(bench: Workbench) -> None:
    bench.add("boss", password=SQUATTED)
    bench.login("boss", SQUATTED)

    ensure(bench)

    stored = bench.storage.sessions.get_with_sessions("boss", now=bench.clock.now())
    assert stored is not None
    assert (stored.sessions, stored.devices) == ((), ())


def test_an_admin_whose_password_differs_keeps_address_and_names(bench: Workbench) -> None:
    ensure(bench)
    bench.update("boss", fname="Zoë", email="zoe@shop.example")
    bench.update("boss", password="battery staple")

    ensure(bench)

    admin = bench.stored("boss")
    assert (admin.fname, admin.email) == ("Zoë", "zoe@shop.example")
    assert bench.log("boss")[-1].fields == ("password", "roles")
    assert bench.login_by_email("zoe", PASSWORD)


def test_the_id_of_a_deleted_customer_is_given_to_the_admin() -> None:
    bench = Workbench(id_policy=IdPolicy())
    bench.add("boss", password=SQUATTED)
    bench.delete("boss")

    ensure(bench)

    assert bench.login("boss").session.roles == {"admin"}


def test_a_squatter_that_logs_in_at_the_same_time_loses_the_session(bench: Workbench) -> None:
    bench.add("boss", password=SQUATTED)
    sessions = []
    bench.calls.before("customers.update", lambda: sessions.append(bench.login("boss", SQUATTED)))

    ensure(bench)

    assert not bench.is_live(sessions[0].context_id)


def test_a_squatter_added_after_the_read_does_not_become_admin(bench: Workbench) -> None:
    bench.calls.before("customers.add", lambda: bench.add("boss", password=SQUATTED))

    ensure(bench)

    assert bench.login("boss").session.roles == {"admin"}
    with pytest.raises(LoginRefusedError):
        bench.login("boss", SQUATTED)


def test_a_customer_with_the_same_password_keeps_it_and_gets_the_role(bench: Workbench) -> None:
    bench.add("boss")
    bench.roles.grant_role("boss", "clerk", actor=OPERATOR)

    ensure(bench)

    assert bench.stored("boss").roles == {"admin", "clerk"}
    assert bench.stored("boss").password_version == 1
    assert bench.stored("boss").email == "boss@shop.example"
    assert bench.log("boss")[-1].fields == ("roles",)


def test_a_revoked_role_is_given_again(bench: Workbench) -> None:
    ensure(bench)
    bench.roles.revoke_role("boss", "admin", actor=OPERATOR)

    ensure(bench)

    assert bench.stored("boss").roles == {"admin"}


def test_a_changed_password_is_set_back(bench: Workbench) -> None:
    ensure(bench)
    bench.update("boss", password="battery staple")

    ensure(bench)

    assert bench.login("boss")


def test_many_processes_that_start_at_once_make_one_admin(bench: Workbench) -> None:
    outcomes = race([lambda: ensure(bench)] * THREADS)

    assert outcomes == [None] * THREADS
    assert len(bench.log("boss")) == 1


def test_a_customer_deleted_after_the_read_is_added_again(bench: Workbench) -> None:
    bench.add("boss", password=SQUATTED)
    bench.calls.before("customers.update", lambda: bench.delete("boss"))

    ensure(bench)

    assert bench.login("boss").session.roles == {"admin"}


def test_an_id_of_another_form_is_refused(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError):
        bench.roles.ensure_admin("no spaces", PASSWORD)


@pytest.mark.parametrize("customer_id", ["operator", "-", "a b", ""])
def test_a_reserved_id_is_refused(bench: Workbench, customer_id: str) -> None:
    with pytest.raises(InvalidInputError, match="customer_id"):
        bench.roles.ensure_admin(customer_id, "correct horse")


@pytest.mark.parametrize("password", ["", "\ud800", "x" * 1025])
def test_a_malformed_password_is_refused(bench: Workbench, password: str) -> None:
    with pytest.raises(InvalidInputError, match="password"):
        bench.roles.ensure_admin("boss", password)
    assert bench.log("boss") == ()
