"""Logging in: who gets a session, and what it costs."""

from datetime import timedelta

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import InvalidInputError, Session, SessionPolicy, StoreUnavailableError


@pytest.fixture
def bench_with_ann(bench: Workbench) -> Workbench:
    """Somebody is there."""
    bench.add("ann")
    return bench


def test_a_login_opens_a_session_and_tells_its_secret(bench_with_ann: Workbench) -> None:
    result = bench_with_ann.login()

    now = bench_with_ann.clock.now()
    assert result.session == Session(
        session_id=result.session.session_id,
        customer_id="ann",
        roles=frozenset(),
        issued_at=now,
        expires_at=now + timedelta(minutes=30),
    )
    assert bench_with_ann.sessions.check_session(result.context_id) == result.session
    assert result.context_id.endswith(".ann")


def test_a_login_leaves_a_record_and_no_version_changes(bench_with_ann: Workbench) -> None:
    before = bench_with_ann.stored()
    bench_with_ann.clock.advance(seconds=1)
    bench_with_ann.login()

    record = bench_with_ann.last_record()
    assert (record.operation_name, record.message) == ("login", "Logged in.")
    assert (record.status_code, record.actor_id, record.fields) == (200, "ann", ())
    assert record.at == bench_with_ann.clock.now()
    assert bench_with_ann.stored() == before


def test_a_password_has_no_end(bench_with_ann: Workbench) -> None:
    """OWASP ASVS 5.0, 6.2.10: no one has to change a password because of its age."""
    bench_with_ann.clock.advance(minutes=10 * 365 * 24 * 60)

    assert bench_with_ann.is_live(bench_with_ann.login().context_id)


@pytest.mark.parametrize("email", ["ann@shop.example", "ANN@Shop.Example"])
def test_an_address_serves_as_well_as_an_id(bench_with_ann: Workbench, email: str) -> None:
    result = bench_with_ann.sessions.login(email=email, password=PASSWORD)

    assert result.session.customer_id == "ann"
    assert bench_with_ann.is_live(result.context_id)


def test_every_login_has_a_secret_and_a_session_of_its_own(bench_with_ann: Workbench) -> None:
    logins = [bench_with_ann.login() for _ in range(3)]

    assert len({login.context_id for login in logins}) == 3
    assert all(bench_with_ann.is_live(login.context_id) for login in logins)


def test_the_session_has_the_roles_of_its_customer(bench_with_ann: Workbench) -> None:
    bench_with_ann.roles.ensure_admin("root", PASSWORD)

    assert bench_with_ann.login("root").session.roles == {"admin"}


def test_a_session_ends_at_the_maximum_lifetime() -> None:
    bench = Workbench(policy=SessionPolicy(max_lifetime=timedelta(minutes=5)))
    bench.add()

    session = bench.login().session

    assert session.expires_at - session.issued_at == timedelta(minutes=5)


def test_a_success_costs_one_read_and_one_write_beside_the_throttle(
    bench_with_ann: Workbench,
) -> None:
    assert bench_with_ann.calls.during(bench_with_ann.login) == [
        "throttle.charge",
        "sessions.get_with_sessions",
        "hasher.verify",
        "hasher.needs_rehash",
        "sessions.open",
        "throttle.refund",
    ]


def test_an_address_that_moved_leads_to_its_new_owner(bench_with_ann: Workbench) -> None:
    bench_with_ann.update("ann", email="new@shop.example")
    bench_with_ann.add("bob", email="ann@shop.example")

    assert bench_with_ann.login_by_email("ann").session.customer_id == "bob"


def test_a_shared_address_cannot_be_used_to_log_in() -> None:
    bench = Workbench(unique_email=False)
    bench.add()

    with pytest.raises(InvalidInputError) as refusal:
        bench.login_by_email("ann")

    assert [fault.field for fault in refusal.value.faults] == ["email"]
    assert bench.is_live(bench.login().context_id)


@pytest.mark.parametrize("call", ["throttle.charge", "sessions.get_with_sessions", "sessions.open"])
def test_a_store_that_does_not_answer_is_no_refusal(bench_with_ann: Workbench, call: str) -> None:
    bench_with_ann.calls.fail(call, StoreUnavailableError())

    with pytest.raises(StoreUnavailableError):
        bench_with_ann.login()


def test_a_lost_refund_does_not_undo_the_login(bench_with_ann: Workbench) -> None:
    bench_with_ann.calls.fail("throttle.refund", StoreUnavailableError())

    assert bench_with_ann.is_live(bench_with_ann.login().context_id)
