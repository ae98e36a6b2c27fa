"""Sessions that were issued in the future, or longer ago than the maximum lifetime."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.builders.values import a_record, a_session, an_opening
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    LiveBounds,
    LoginResult,
    RefusalReason,
    Session,
    SessionPolicy,
    SessionRefusedError,
)
from cybershop_customer.entrypoints.testkit.clock import START

A_DAY = 24 * 60 * 60
TOLERANCE = 30
A_MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=SessionPolicy(max_sessions=2))
    bench.add("ann")
    return bench


def login_ahead(bench: Workbench, seconds: float) -> LoginResult:
    """Log in while the clock is ahead by this time."""
    bench.clock.advance(seconds=seconds)
    login = bench.login()
    bench.clock.advance(seconds=-seconds)
    return login


def listed(bench: Workbench) -> tuple[Session, ...]:
    return bench.sessions.list_sessions("ann", actor=OPERATOR)


def test_a_session_opened_while_the_clock_was_a_day_ahead_is_not_live(bench: Workbench) -> None:
    login = login_ahead(bench, A_DAY)

    assert bench.reason(login.context_id) is RefusalReason.UNKNOWN
    assert listed(bench) == ()
    with pytest.raises(SessionRefusedError) as refused:
        bench.sessions.logout(login.context_id)
    assert refused.value.reason is RefusalReason.UNKNOWN


def test_clocks_may_differ_by_thirty_seconds(bench: Workbench) -> None:
    login = login_ahead(bench, TOLERANCE)

    assert bench.is_live(login.context_id)
    assert listed(bench) == (login.session,)

    bench.clock.moment -= A_MICROSECOND
    assert not bench.is_live(login.context_id)


def test_the_next_login_evicts_sessions_issued_in_the_future(bench: Workbench) -> None:
    future = login_ahead(bench, A_DAY)

    login = bench.login()

    assert bench.states()[0].sessions == {login.session}
    # Another server may hold it for live, so the feed tells of it.
    assert bench.reason(future.context_id) is RefusalReason.REVOKED
    (change,) = bench.storage.session_changes.read(after="", limit=10)
    assert change.customer_id == "ann"
    bench.clock.advance(seconds=A_DAY)
    assert not bench.is_live(future.context_id)


def test_a_session_issued_in_the_future_does_not_count_towards_the_limit(bench: Workbench) -> None:
    live = bench.login()
    login_ahead(bench, A_DAY)
    # This login found the first session expired, since its clock was a day ahead.
    opening = an_opening(live.session, password_version=bench.stored().password_version)
    bench.storage.sessions.open(opening, a_record("ann"))

    bench.login()

    assert bench.is_live(live.context_id)


def set_times(bench: Workbench, login: LoginResult, **times: object) -> None:
    """Change the times of a stored session."""
    session = a_session("ann", session_id=login.session.session_id, **times)
    opening = an_opening(session, password_version=bench.stored().password_version)
    bench.storage.sessions.open(opening, a_record("ann"))


def test_no_session_passes_its_maximum_lifetime_whatever_expiry_is_stored(
    bench: Workbench,
) -> None:
    login = bench.login()
    issued_at = login.session.issued_at
    end = issued_at + bench.policy.max_lifetime
    set_times(bench, login, issued_at=issued_at, expires_at=issued_at + timedelta(days=9))

    assert bench.sessions.check_session(login.context_id).expires_at == end
    assert [session.expires_at for session in listed(bench)] == [end]

    bench.clock.moment = end - A_MICROSECOND
    assert bench.is_live(login.context_id)
    bench.clock.moment = end
    assert bench.reason(login.context_id) is RefusalReason.EXPIRED
    assert listed(bench) == ()
    with pytest.raises(SessionRefusedError):
        bench.sessions.logout(login.context_id)


def test_a_shorter_maximum_lifetime_applies_to_older_sessions(bench: Workbench) -> None:
    login = bench.login()
    set_times(bench, login, issued_at=START - timedelta(hours=12), expires_at=START + timedelta(1))

    assert bench.reason(login.context_id) is RefusalReason.EXPIRED
    bench.login()
    assert len(bench.states()[0].sessions) == 1


MOMENTS = st.timedeltas(timedelta(days=-2), timedelta(days=2))


@given(issued=MOMENTS, expires=MOMENTS, life=st.timedeltas(A_MICROSECOND, timedelta(days=1)))
def test_the_bounds_and_the_rule_agree(
    issued: timedelta, expires: timedelta, life: timedelta
) -> None:
    session = a_session("ann", issued_at=START + issued, expires_at=START + expires)

    bounds = LiveBounds(START, life)
    live = bounds.include(session)

    assert live == (
        session.issued_at <= START + timedelta(seconds=TOLERANCE)
        and session.capped(life).expires_at > START
    )
    # A store uses the rule in this form.
    assert live == (
        session.expires_at > bounds.now
        and bounds.issued_after < session.issued_at <= bounds.issued_until
    )
