"""The login throttle limits the failed logins of one name."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from support.races.threads import THREADS, count_by_type, race
from support.services.workbench import Workbench

from cybershop_customer import (
    LoginRefusedError,
    ServiceBusyError,
    SessionPolicy,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.use_case import current_use_case

POLICY = SessionPolicy(login_attempts=4, login_window_seconds=900)
"""Three failures at once; then one more each seven and a half minutes."""


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(policy=POLICY)
    bench.add("ann")
    return bench


def fail(bench: Workbench, customer_id: str = "ann", times: int = 3) -> None:
    for _ in range(times):
        with pytest.raises(LoginRefusedError):
            bench.login(customer_id, "wrong")


def by_email(bench: Workbench, email: str) -> Callable[[], object]:
    return lambda: bench.sessions.login(email=email, password="wrong")


def test_at_the_limit_even_the_right_password_is_not_verified(bench: Workbench) -> None:
    fail(bench)
    bench.calls.during(bench.login)  # It is recorded: test_throttle_records.py.
    before = bench.states()

    calls = bench.calls.during(bench.login)

    assert "hasher.verify" not in calls
    assert bench.states() == before


def test_an_attempt_is_taken_back_although_the_use_case_has_no_time_left(bench: Workbench) -> None:
    """Or a slow store would lock customers out who have the right password."""
    ends: list[float | None] = []

    def note(*, ends_at: float | None) -> None:
        use_case = current_use_case()
        assert use_case is not None
        ends.append(use_case.ends_at)
        use_case.ends_at = ends_at

    bench.calls.before("throttle.charge", lambda: note(ends_at=15))
    bench.calls.before("throttle.refund", lambda: note(ends_at=99))

    bench.login()

    assert ends == [None, None]


def test_the_error_says_when_another_attempt_is_admitted(bench: Workbench) -> None:
    fail(bench)

    for seconds, left in ((0, 450), (100, 350), (349, 1)):
        bench.clock.advance(seconds=seconds)
        with pytest.raises(TooManyAttemptsError) as refusal:
            bench.login()
        assert refusal.value.retry_after == left


def test_a_name_is_never_shut_for_a_whole_window(bench: Workbench) -> None:
    """A stranger uses the budget up again and again; the owner comes when told to."""
    fail(bench)
    for _ in range(8):
        with pytest.raises(TooManyAttemptsError) as refusal:
            bench.login("ann", "wrong")
        assert refusal.value.retry_after == 450
        bench.clock.advance(seconds=refusal.value.retry_after)

        assert bench.is_live(bench.login().context_id)
        fail(bench, times=1)


def test_a_login_after_retry_after_is_admitted(bench: Workbench) -> None:
    bench.clock.advance(seconds=123.7)
    fail(bench)
    with pytest.raises(TooManyAttemptsError) as refusal:
        bench.login()

    bench.clock.advance(seconds=refusal.value.retry_after)

    assert bench.login()


def test_successes_are_not_counted(bench: Workbench) -> None:
    for _ in range(10):
        bench.login()

    fail(bench, times=2)
    bench.login()
    fail(bench, times=1)
    with pytest.raises(TooManyAttemptsError):
        bench.login()


def test_every_attempt_is_charged_before_anything_is_read(bench: Workbench) -> None:
    for attempt in (bench.login, lambda: bench.login("nobody"), by_email(bench, "a@b.example")):
        assert bench.calls.during(attempt)[0] == "throttle.charge"


def test_unknown_customers_have_the_same_limit(bench: Workbench) -> None:
    fail(bench, "nobody")

    with pytest.raises(TooManyAttemptsError):
        bench.login("nobody")


def test_each_customer_has_a_limit_of_their_own(bench: Workbench) -> None:
    bench.add("bob")
    fail(bench, "ann")

    assert bench.login("bob")


def test_all_spellings_of_an_address_share_one_limit(bench: Workbench) -> None:
    spellings = ["ann@shop.example", "ANN@shop.example", "ann@SHOP.example", "Ann@Shop.Example"]
    for email in spellings[:3]:
        with pytest.raises(LoginRefusedError):
            by_email(bench, email)()

    with pytest.raises(TooManyAttemptsError):
        by_email(bench, spellings[3])()


def test_an_id_and_an_address_are_two_names(bench: Workbench) -> None:
    fail(bench, "ann")

    with pytest.raises(LoginRefusedError):
        by_email(bench, "ann@shop.example")()


def test_malformed_input_is_not_counted(bench: Workbench) -> None:
    for _ in range(5):
        bench.calls.during(lambda: bench.login("ann", "x" * 2000))

    assert bench.login()


def test_concurrent_attempts_do_not_exceed_the_limit(bench: Workbench) -> None:
    outcomes = race([lambda: bench.login("ann", "wrong")] * THREADS)

    assert count_by_type(outcomes) == {LoginRefusedError: 3, TooManyAttemptsError: THREADS - 3}
    assert bench.calls.names.count("hasher.verify") == 3


def test_the_default_limit_is_far_below_one_hundred_failures() -> None:
    policy = SessionPolicy()

    assert policy.login_attempts <= 20
    assert timedelta(seconds=policy.login_window_seconds) >= timedelta(minutes=15)


def test_an_id_and_its_address_together_admit_some_failures_a_day() -> None:
    """docs/decisions.md compares this figure with that of NIST SP 800-63B-4."""
    rate_limit = SessionPolicy().login_rate_limit

    refills = timedelta(days=1) // rate_limit.interval

    assert 2 * refills == 1152
    # The first day begins with a burst, of which one attempt would have refilled.
    assert 2 * (rate_limit.burst - 1 + refills) == 1180
    hundredth = rate_limit.interval * (100 - 2 * rate_limit.burst) / 2
    assert hundredth == timedelta(minutes=87.5)


@pytest.mark.parametrize("error", [StoreUnavailableError(), StoreFaultError("no rights")])
def test_a_failed_refund_does_not_fail_the_login(bench: Workbench, error: Exception) -> None:
    bench.calls.fail("throttle.refund", error)

    assert bench.is_live(bench.login().context_id)


@pytest.mark.parametrize("call", ["sessions.get_with_sessions", "hasher.verify", "sessions.open"])
@pytest.mark.parametrize("error", [StoreUnavailableError(), ServiceBusyError()])
def test_an_error_that_says_nothing_of_the_password_is_not_counted(
    bench: Workbench, call: str, error: Exception
) -> None:
    for _ in range(9):
        bench.calls.fail(call, error)
        with pytest.raises(type(error)):
            bench.login()

    assert bench.is_live(bench.login().context_id)
