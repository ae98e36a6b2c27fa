"""Customers see their sessions, and end one of them or all others."""

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    OPERATOR,
    ForbiddenError,
    InvalidInputError,
    LoginResult,
    RefusalReason,
    SessionNotFoundError,
    SessionRefusedError,
)


def login(bench: Workbench, **more: str) -> LoginResult:
    bench.clock.advance(seconds=1)
    return bench.sessions.login(customer_id="ann", password=PASSWORD, **more)


@pytest.fixture(autouse=True)
def _customers(bench: Workbench) -> None:
    bench.add()
    bench.add("bob")


def test_each_session_says_when_from_where_and_on_which_device(bench: Workbench) -> None:
    phone = login(bench, source="192.0.2.7", user_agent="Phone/1")
    laptop = login(bench)

    described = bench.sessions.describe_sessions("ann", actor=laptop.session)

    assert [details.session for details in described] == [phone.session, laptop.session]
    assert (described[0].source, described[0].user_agent) == ("192.0.2.7", "Phone/1")
    assert (described[1].source, described[1].user_agent) == (None, None)
    assert described[0].session.device != described[1].session.device != ""


def test_a_user_agent_is_bounded(bench: Workbench) -> None:
    actor = login(bench, user_agent="ä" * 5000).session

    assert bench.sessions.describe_sessions("ann", actor=actor)[0].user_agent == "ä" * 100


def test_where_a_login_came_from_is_not_in_the_customers_item(bench: Workbench) -> None:
    login(bench, source="192.0.2.7", user_agent="Phone/1")
    stored = bench.storage.sessions.get_with_sessions("ann", now=bench.clock.now())

    assert "192.0.2.7" not in repr(stored)
    assert "Phone/1" not in repr(stored)


def test_a_session_of_a_changed_password_is_described_too(bench: Workbench) -> None:
    result = bench.password_change.change_password(
        actor=login(bench).session,
        password=PASSWORD,
        new_password="battery staple",
        source="192.0.2.9",
        user_agent="Phone/2",
    )

    (details,) = bench.sessions.describe_sessions("ann", actor=result.session)

    assert (details.source, details.user_agent) == ("192.0.2.9", "Phone/2")


def test_it_is_one_read_more(bench: Workbench) -> None:
    actor = login(bench).session
    calls = bench.calls.during(lambda: bench.sessions.describe_sessions("ann", actor=actor))

    assert calls == ["sessions.get_with_sessions", "audit_log.find"]


def test_only_the_customer_and_admins_may(bench: Workbench) -> None:
    session = login(bench).session
    bob = bench.login("bob").session
    with pytest.raises(ForbiddenError):
        bench.sessions.describe_sessions("ann", actor=bob)
    with pytest.raises(ForbiddenError):
        bench.sessions.end_session("ann", session.session_id, actor=bob)

    bench.sessions.end_session("ann", session.session_id, actor=OPERATOR)


def test_one_session_ends(bench: Workbench) -> None:
    lost, kept = login(bench), login(bench)

    bench.sessions.end_session("ann", lost.session.session_id, actor=kept.session)

    assert bench.reason(lost.context_id) is RefusalReason.REVOKED
    assert bench.is_live(kept.context_id)
    record = bench.last_record()
    assert (record.operation_name, record.actor_id) == ("end_session", "ann")
    assert record.session_id == lost.session.session_id
    with pytest.raises(SessionNotFoundError):
        bench.sessions.end_session("ann", lost.session.session_id, actor=kept.session)


def test_a_session_of_another_customer_is_not_found(bench: Workbench) -> None:
    bob, actor = bench.login("bob"), login(bench).session

    with pytest.raises(SessionNotFoundError):
        bench.sessions.end_session("ann", bob.session.session_id, actor=actor)

    assert bench.is_live(bob.context_id)


@pytest.mark.parametrize("session_id", ["", "x", "x" * 23, None])
def test_a_malformed_session_id_is_refused(bench: Workbench, session_id: str) -> None:
    with pytest.raises(InvalidInputError):
        bench.sessions.end_session("ann", session_id, actor=OPERATOR)


def test_all_others_end_in_one_update(bench: Workbench) -> None:
    others = [login(bench) for _ in range(3)]
    mine, bob = login(bench), bench.login("bob")

    calls = bench.calls.during(lambda: bench.sessions.end_other_sessions(mine.session))

    assert calls == ["sessions.close_others"]
    assert {bench.reason(other.context_id) for other in others} == {RefusalReason.REVOKED}
    assert bench.is_live(mine.context_id)
    assert bench.is_live(bob.context_id)
    assert bench.last_record().operation_name == "end_other_sessions"


def test_an_ended_session_ends_no_others(bench: Workbench) -> None:
    mine, other = login(bench), login(bench)
    bench.sessions.logout(mine.context_id)

    with pytest.raises(SessionRefusedError):
        bench.sessions.end_other_sessions(mine.session)

    assert bench.is_live(other.context_id)


def test_a_login_ends_the_session_that_it_presents(bench: Workbench) -> None:
    before, other = login(bench), login(bench)

    after = login(bench, context_id=before.context_id)

    assert bench.reason(before.context_id) is RefusalReason.REVOKED
    assert bench.is_live(other.context_id)
    assert bench.is_live(after.context_id)


def test_a_login_ends_no_session_of_another_customer(bench: Workbench) -> None:
    bobs = bench.login("bob").context_id

    login(bench, context_id=bobs)
    login(bench, context_id=f"{'x' * 43}.ann")

    assert bench.is_live(bobs)


def test_a_refused_login_ends_nothing(bench: Workbench) -> None:
    before = login(bench).context_id
    bench.calls.during(
        lambda: bench.sessions.login(customer_id="ann", password="a guess", context_id=before)
    )
    assert bench.is_live(before)


def test_a_malformed_session_is_refused_by_name(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        login(bench, context_id="no session")
    assert [fault.field for fault in refusal.value.faults] == ["context_id"]


def test_a_session_whose_record_is_not_kept_has_no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Workbench()
    bench.add("ann")
    session = bench.login().session
    monkeypatch.setattr(bench.storage.audit_log, "find", lambda *_: {})

    (details,) = bench.sessions.describe_sessions("ann", actor=session)

    assert (details.session, details.source, details.user_agent) == (session, None, None)
