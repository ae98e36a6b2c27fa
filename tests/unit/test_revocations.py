"""How long an ended session is refused as revoked, before it is refused as unknown."""

from datetime import timedelta
from typing import Final

import pytest
from support.services.workbench import Workbench

from cybershop_customer import ContextId, RefusalReason, Revocation, SessionPolicy
from cybershop_customer.domain.session_opening import MAX_REVOCATIONS

POLICY: Final = SessionPolicy(
    idle=timedelta(minutes=30), max_lifetime=timedelta(hours=2), max_sessions=3
)


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=POLICY)
    bench.add()
    return bench


def ended(bench: Workbench) -> str:
    """A session that was opened, and ended a second later."""
    context_id = bench.login().context_id
    bench.clock.advance(seconds=1)
    bench.sessions.logout(context_id)
    return context_id


def revocations(bench: Workbench) -> frozenset[Revocation]:
    return bench.states()[0].revocations


def test_a_revocation_is_kept_until_the_next_login(bench: Workbench) -> None:
    context_id = ended(bench)

    bench.clock.advance(minutes=3000)

    assert bench.reason(context_id) is RefusalReason.REVOKED


@pytest.mark.parametrize(
    ("age", "reason"),
    [
        (POLICY.max_lifetime - timedelta(microseconds=1), RefusalReason.REVOKED),
        (POLICY.max_lifetime, RefusalReason.UNKNOWN),
    ],
)
def test_a_login_drops_revocations_older_than_any_session(
    bench: Workbench, age: timedelta, reason: RefusalReason
) -> None:
    context_id = ended(bench)
    bench.clock.advance(seconds=age.total_seconds())

    bench.login()

    assert bench.reason(context_id) is reason


def test_a_login_keeps_only_the_newest_revocations(bench: Workbench) -> None:
    context_ids = [ended(bench) for _ in range(MAX_REVOCATIONS + 2)]

    bench.login()

    reasons = [bench.reason(context_id) for context_id in context_ids]
    assert reasons[:2] == [RefusalReason.UNKNOWN] * 2
    assert reasons[2:] == [RefusalReason.REVOKED] * MAX_REVOCATIONS


def test_an_eviction_counts_among_the_newest_revocations(bench: Workbench) -> None:
    first, *others = [ended(bench) for _ in range(MAX_REVOCATIONS)]
    live = [bench.login().context_id for _ in range(POLICY.max_sessions)]
    bench.clock.advance(seconds=1)

    bench.login()

    assert bench.reason(live[0]) is RefusalReason.REVOKED
    assert bench.reason(first) is RefusalReason.UNKNOWN
    assert all(bench.reason(other) is RefusalReason.REVOKED for other in others)
    assert Revocation(ContextId.parse(live[0]).session_id, bench.clock.now()) in revocations(bench)


def test_an_eviction_is_kept_even_if_clocks_differ(bench: Workbench) -> None:
    """Servers whose clocks are ahead have ended sessions at a later time."""
    bench.clock.advance(minutes=2)
    for _ in range(MAX_REVOCATIONS):
        ended(bench)
    bench.clock.advance(minutes=-2)
    live = [bench.login().context_id for _ in range(POLICY.max_sessions)]

    bench.login()

    assert bench.reason(live[0]) is RefusalReason.REVOKED
    assert len(revocations(bench)) == MAX_REVOCATIONS


def test_an_expired_session_leaves_no_revocation(bench: Workbench) -> None:
    expired = bench.login().context_id
    bench.clock.advance(minutes=30)

    bench.login()

    assert revocations(bench) == frozenset()
    assert bench.reason(expired) is RefusalReason.UNKNOWN


def test_a_usual_login_writes_no_revocations(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a usual login writes no more than a login without revocations."""
    ended(bench)
    written: list[object] = []
    real = bench.storage.sessions.open
    monkeypatch.setattr(
        bench.storage.sessions,
        "open",
        lambda opening, record: (written.append(opening.revocations), real(opening, record)),
    )

    bench.login()
    bench.clock.advance(minutes=121)
    bench.login()

    assert written == [None, ()]


def test_a_logout_during_a_login_may_lose_its_revocation_but_is_not_undone(
    bench: Workbench,
) -> None:
    ended(bench)
    bench.clock.advance(minutes=110)
    context_id = bench.login().context_id
    bench.clock.advance(minutes=20)
    bench.calls.before("sessions.open", lambda: bench.sessions.logout(context_id))

    bench.login()

    # The login read only the old revocation, and drops it.
    assert bench.reason(context_id) is RefusalReason.UNKNOWN
