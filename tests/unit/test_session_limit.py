"""The session limit of one customer."""

from datetime import timedelta

import pytest
from support.builders.values import a_record, a_session, an_opening
from support.races.threads import THREADS, race
from support.services.workbench import Workbench

from cybershop_customer import LoginResult, SessionPolicy

POLICY = SessionPolicy(max_sessions=2)


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=POLICY)
    bench.add("ann")
    return bench


def test_the_oldest_session_is_evicted_for_a_new_one(bench: Workbench) -> None:
    logins = []
    for _ in range(4):
        logins.append(bench.login().context_id)
        bench.clock.advance(seconds=1)

    assert [bench.is_live(context_id) for context_id in logins] == [False, False, True, True]


def test_expired_sessions_are_removed_before_live_ones_are_evicted(bench: Workbench) -> None:
    old = bench.login()
    bench.clock.advance(minutes=20)
    live = bench.login()
    bench.clock.advance(minutes=10)
    assert not bench.is_live(old.context_id)

    new = bench.login()

    assert bench.is_live(live.context_id)
    assert {session.session_id for session in bench.states()[0].sessions} == {
        live.session.session_id,
        new.session.session_id,
    }


def test_a_lowered_limit_evicts_every_session_beyond_it() -> None:
    bench = Workbench(policy=SessionPolicy(max_sessions=1))
    bench.add()
    for minutes in range(3):
        session = a_session("ann", issued_at=bench.clock.now() - timedelta(minutes=minutes))
        bench.storage.sessions.open(an_opening(session), a_record("ann"))

    new = bench.login()

    assert {session.session_id for session in bench.states()[0].sessions} == {
        new.session.session_id
    }


def test_concurrent_logins_do_not_exceed_the_session_limit(bench: Workbench) -> None:
    outcomes = race([bench.login] * THREADS)

    successes = [outcome for outcome in outcomes if isinstance(outcome, LoginResult)]
    assert len(bench.states()[0].sessions) <= POLICY.max_sessions
    assert len(bench.log()) == 1 + len(successes)
