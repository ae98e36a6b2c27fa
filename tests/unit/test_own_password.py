"""Customers change their own passwords."""

from itertools import pairwise

import pytest
from support.services.self_service import NEW_PASSWORD, mails, proven_customer, proving_bench
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    InvalidInputError,
    LoginResult,
    NotificationKind,
    RateLimit,
    RefusalReason,
    Session,
    SessionPolicy,
    SessionRefusedError,
    SourcePolicy,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
    WrongPasswordError,
)
from cybershop_customer.adapters.memory.breached_passwords import MemoryBreachedPasswords


def change(bench: Workbench, actor: Session, password: str = PASSWORD, **more: str) -> LoginResult:
    given = {"new_password": NEW_PASSWORD, **more}
    return bench.password_change.change_password(actor=actor, password=password, **given)


@pytest.fixture
def actor(bench: Workbench) -> Session:
    bench.add()
    return bench.login().session


def test_only_the_new_session_is_open_afterwards(bench: Workbench) -> None:
    bench.add()
    other, mine = bench.login(), bench.login()

    result = change(bench, mine.session)

    assert bench.reason(other.context_id) is RefusalReason.REVOKED
    assert bench.reason(mine.context_id) is RefusalReason.REVOKED
    assert bench.is_live(result.context_id)
    assert bench.login(password=NEW_PASSWORD)


def test_only_the_device_that_asks_is_known_afterwards(bench: Workbench) -> None:
    bench.add()
    other, mine = bench.login(), bench.login()

    result = change(bench, mine.session, device_token=mine.device_token)

    assert result.device_token == mine.device_token != other.device_token
    stored = bench.storage.sessions.get_with_sessions("ann", now=bench.clock.now())
    assert stored is not None
    assert [device.ref for device in stored.devices] == [result.session.device]


def test_an_unknown_device_gets_a_token(bench: Workbench, actor: Session) -> None:
    assert change(bench, actor, device_token="x" * 43).device_token not in ("", "x" * 43)


def test_it_is_one_update_whose_record_names_the_new_session(
    bench: Workbench, actor: Session
) -> None:
    calls = bench.calls.during(lambda: change(bench, actor, user_agent="Firefox"))

    writes = [call for call in calls if call.startswith(("customers.", "sessions."))]
    assert writes == ["sessions.get_with_sessions", "customers.update"]
    record = bench.last_record()
    assert (record.operation_name, record.fields) == ("change_password", ("password",))
    assert (record.actor_id, record.user_agent) == ("ann", "Firefox")
    assert record.session_id is not None


def test_a_wrong_password_changes_nothing_and_is_recorded(bench: Workbench, actor: Session) -> None:
    before = bench.stored()

    with pytest.raises(WrongPasswordError):
        change(bench, actor, "a guess")

    assert bench.stored() == before
    record = bench.last_record()
    assert (record.operation_name, record.status_code) == ("change_password", 403)


def test_it_is_charged_like_a_login() -> None:
    bench = Workbench(policy=SessionPolicy(login_attempts=4))
    bench.add()
    login = bench.login()
    for _ in range(3):
        with pytest.raises(WrongPasswordError):
            change(bench, login.session, "a guess")

    with pytest.raises(TooManyAttemptsError):
        change(bench, login.session)
    with pytest.raises(TooManyAttemptsError):
        bench.login()

    change(bench, login.session, device_token=login.device_token)
    assert bench.login(password=NEW_PASSWORD), "the change unlocks the customer"


def test_a_change_on_a_known_device_takes_nothing_from_its_budget() -> None:
    bench = Workbench(policy=SessionPolicy(login_attempts=4))
    bench.add()
    login = bench.login()
    session, passwords = login.session, [PASSWORD, *(f"{NEW_PASSWORD} {n}" for n in range(8))]

    for old, new in pairwise(passwords):
        session = change(
            bench, session, old, new_password=new, device_token=login.device_token
        ).session


def test_a_source_is_charged_only_for_wrong_passwords() -> None:
    hourly = RateLimit(4, SessionPolicy().max_lifetime)
    bench = Workbench(source_policy=SourcePolicy(failures=hourly, registrations=None))
    bench.add()
    session = bench.login().session
    for n in range(5):
        bench.calls.fail("sessions.get_with_sessions", StoreUnavailableError())
        with pytest.raises(StoreUnavailableError):
            change(bench, session, source="192.0.2.7")
        old, new = (PASSWORD, NEW_PASSWORD) if n % 2 == 0 else (NEW_PASSWORD, PASSWORD)
        session = change(bench, session, old, new_password=new, source="192.0.2.7").session
    for _ in range(3):
        with pytest.raises(WrongPasswordError):
            change(bench, session, "a guess", source="192.0.2.7")

    with pytest.raises(TooManyAttemptsError) as refusal:
        change(bench, session, NEW_PASSWORD, new_password=PASSWORD, source="192.0.2.7")
    assert refusal.value.budget == "failures"


@pytest.mark.parametrize("new", [PASSWORD, "short", "ann", "breached one", "ann@shop.example"])
def test_a_new_password_keeps_the_rules(new: str) -> None:
    bench = Workbench(breached=MemoryBreachedPasswords(["breached one"]))
    bench.add()
    session = bench.login().session

    with pytest.raises(InvalidInputError) as refusal:
        change(bench, session, new_password=new)

    assert [fault.field for fault in refusal.value.faults] == ["new_password"]
    assert bench.login()


def test_an_ended_session_changes_nothing(bench: Workbench, actor: Session) -> None:
    bench.sessions.end_sessions("ann", actor=actor)

    with pytest.raises(SessionRefusedError):
        change(bench, actor)

    assert bench.login()


def test_another_change_before_the_update_is_kept(bench: Workbench, actor: Session) -> None:
    bench.calls.before("customers.update", lambda: bench.update(fname="Ann"))
    bench.calls.before("customers.update", lambda: None)

    change(bench, actor)

    assert bench.stored().fname == "Ann"
    assert bench.login(password=NEW_PASSWORD)


def test_a_password_that_an_admin_sets_meanwhile_stays(bench: Workbench, actor: Session) -> None:
    def set_password() -> None:
        bench.calls.before("customers.update", lambda: None)
        bench.update(password="chosen by an admin")

    bench.calls.before("customers.update", set_password)

    with pytest.raises(SessionRefusedError):
        change(bench, actor)

    assert bench.login(password="chosen by an admin")


def test_it_gives_up_after_five_conflicts(bench: Workbench, actor: Session) -> None:
    bench.calls.fail("customers.update", VersionConflictError("ann"), times=9)

    with pytest.raises(VersionConflictError):
        change(bench, actor)


def test_the_customer_is_told(bench: Workbench, actor: Session) -> None:
    change(bench, actor)

    assert mails(bench) == [(NotificationKind.PASSWORD_CHANGED, "ann@shop.example")]


def test_it_voids_every_link() -> None:
    bench = proving_bench()
    session = proven_customer(bench)
    bench.accounts.change_email(actor=session, email="new@shop.example")
    bench.password_reset.request_reset(customer_id="ann")
    bench.background.run_all()
    assert bench.stored().email_verification is not None
    assert bench.stored().password_reset is not None

    change(bench, session)

    assert bench.stored().email_verification is bench.stored().password_reset is None
