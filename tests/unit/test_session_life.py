"""How long a session lives, and how use moves its expiry."""

from dataclasses import replace
from datetime import timedelta

import pytest
from support.services.workbench import Workbench

from cybershop_customer import RefusalReason, SessionPolicy, StoreFaultError, StoreUnavailableError

# With an idle time of 100 seconds, a check writes the expiry after at least 10 seconds.
POLICY = SessionPolicy(idle=timedelta(seconds=100), max_lifetime=timedelta(seconds=250))


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=POLICY)
    bench.add("ann")
    return bench


def life(bench: Workbench, context_id: str) -> float:
    """The seconds until the expiry, by the answer of a check."""
    session = bench.sessions.check_session(context_id)
    return (session.expires_at - bench.clock.now()).total_seconds()


def test_a_session_lives_to_its_last_microsecond_and_no_longer(bench: Workbench) -> None:
    context_id = bench.login().context_id
    bench.clock.advance(seconds=100)

    assert bench.reason(context_id) is RefusalReason.EXPIRED

    bench.clock.advance(seconds=-0.000001)
    assert bench.is_live(context_id)


def test_an_expired_session_stays_expired(bench: Workbench) -> None:
    context_id = bench.login().context_id
    bench.clock.advance(seconds=100)

    for _ in range(3):
        assert bench.reason(context_id) is RefusalReason.EXPIRED
        bench.clock.advance(minutes=1)


def test_use_moves_the_expiry_after_a_tenth_of_the_idle_time(bench: Workbench) -> None:
    context_id = bench.login().context_id

    left = [(bench.clock.advance(seconds=2), life(bench, context_id))[1] for _ in range(10)]

    assert left == [98, 96, 94, 92, 100, 98, 96, 94, 92, 100]
    assert bench.calls.names.count("sessions.extend") == 2


def test_a_microsecond_less_than_a_tenth_moves_nothing(bench: Workbench) -> None:
    context_id = bench.login().context_id

    bench.clock.advance(seconds=9.999999)
    assert life(bench, context_id) == 90.000001
    bench.clock.advance(seconds=0.000001)
    assert life(bench, context_id) == 100


def test_the_answer_has_the_stored_expiry(bench: Workbench) -> None:
    context_id = bench.login().context_id
    bench.clock.advance(seconds=50)

    session = bench.sessions.check_session(context_id)

    assert bench.states()[0].sessions == {session}


def test_a_session_in_use_ends_at_its_maximum_lifetime(bench: Workbench) -> None:
    result = bench.login()
    end = result.session.issued_at + POLICY.max_lifetime
    ends = []
    for _ in range(250):
        ends.append(bench.sessions.check_session(result.context_id).expires_at)
        bench.clock.advance(seconds=1)

    assert bench.clock.now() == end
    assert bench.reason(result.context_id) is RefusalReason.EXPIRED
    assert ends == sorted(ends)
    assert ends[-1] == end
    # 250 seconds of a check each second: one write in ten, then none once the end is reached.
    assert bench.calls.names.count("sessions.extend") == 15


def test_a_session_ends_at_most_a_tenth_of_its_idle_time_early(bench: Workbench) -> None:
    context_id = bench.login().context_id
    bench.clock.advance(seconds=9)
    bench.is_live(context_id)

    bench.clock.advance(seconds=90)
    assert bench.is_live(context_id)


@pytest.mark.parametrize("error", [StoreUnavailableError(), StoreFaultError("no right to write")])
def test_a_failed_extension_does_not_fail_the_check(bench: Workbench, error: Exception) -> None:
    result = bench.login()
    bench.clock.advance(seconds=50)
    bench.calls.fail("sessions.extend", error)

    assert bench.sessions.check_session(result.context_id) == result.session

    # The failure does not delay the next checks either: the next try is after ten seconds.
    bench.clock.advance(seconds=9)
    assert "sessions.extend" not in bench.calls.during(lambda: bench.is_live(result.context_id))
    bench.clock.advance(seconds=1)
    assert life(bench, result.context_id) == 100


def test_a_process_that_only_checks_writes_nothing() -> None:
    bench = Workbench(policy=replace(POLICY, extends=False))
    bench.add("ann")
    context_id = bench.login().context_id
    bench.clock.advance(seconds=99)

    assert "sessions.extend" not in bench.calls.during(lambda: bench.is_live(context_id))
    assert life(bench, context_id) == 1


def test_a_session_closed_between_read_and_write_is_not_revived(bench: Workbench) -> None:
    context_id = bench.login().context_id
    bench.clock.advance(seconds=50)
    bench.calls.before("sessions.extend", lambda: bench.sessions.logout(context_id))

    bench.sessions.check_session(context_id)

    assert bench.reason(context_id) is RefusalReason.REVOKED
