"""Logins during which another change happens, after the password was verified."""

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import LoginRefusedError, LoginResult, SessionPolicy, VersionConflictError


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=SessionPolicy(max_sessions=2))
    bench.add("ann")
    return bench


def test_a_login_that_verified_the_old_password_is_refused_after_its_change(
    bench: Workbench,
) -> None:
    bench.calls.before("sessions.open", lambda: bench.update(password="battery staple"))

    with pytest.raises(LoginRefusedError):
        bench.login()

    assert bench.states()[0].sessions == frozenset()
    assert [record.status_code for record in bench.log()] == [200, 200, 401]
    assert bench.calls.names.count("sessions.open") == 1


def test_even_a_change_back_to_the_old_password_counts_as_a_change(bench: Workbench) -> None:
    def change_and_change_back() -> None:
        bench.update(password="battery staple")
        bench.update(password=PASSWORD)

    bench.calls.before("sessions.open", change_and_change_back)

    with pytest.raises(LoginRefusedError):
        bench.login()


def test_a_customer_deleted_after_the_read_is_refused(bench: Workbench) -> None:
    bench.calls.before("sessions.open", bench.delete)

    with pytest.raises(LoginRefusedError):
        bench.login()

    assert bench.last_record().status_code == 401


def test_the_password_of_a_deleted_customer_opens_no_session_of_their_successor(
    bench: Workbench,
) -> None:
    def replaced() -> None:
        bench.delete()
        bench.add(password="another one's own")

    bench.calls.before("sessions.open", replaced)

    with pytest.raises(LoginRefusedError):
        bench.login()


def test_a_profile_change_does_not_stop_a_login(bench: Workbench) -> None:
    bench.calls.before("sessions.open", lambda: bench.update(fname="Zoë"))

    assert bench.is_live(bench.login().context_id)
    assert bench.stored().fname == "Zoë"


def test_two_logins_at_the_limit_both_get_a_session(bench: Workbench) -> None:
    bench.login()
    others: list[LoginResult] = []
    bench.clock.advance(seconds=1)
    bench.calls.before("sessions.open", lambda: others.append(bench.login()))

    ours = bench.login()

    assert bench.is_live(ours.context_id)
    assert bench.is_live(others[0].context_id)
    assert len(bench.states()[0].sessions) == 2


def test_the_password_is_verified_once_however_many_attempts_conflict(
    bench: Workbench,
) -> None:
    bench.calls.fail("sessions.open", VersionConflictError("ann"), times=4)

    bench.login()

    assert bench.calls.names.count("hasher.verify") == 1
    assert bench.calls.names.count("sessions.open") == 5


def test_a_repeated_login_leaves_one_record_and_one_session(bench: Workbench) -> None:
    bench.calls.fail("sessions.open", VersionConflictError("ann"), times=3)

    bench.login()

    assert [record.operation_name for record in bench.log()] == ["add_customer", "login"]
    assert len(bench.states()[0].sessions) == 1


def test_five_conflicts_in_a_row_are_reported_and_open_nothing(bench: Workbench) -> None:
    bench.calls.fail("sessions.open", VersionConflictError("ann"), times=5)

    with pytest.raises(VersionConflictError):
        bench.login()

    assert bench.states()[0].sessions == frozenset()
