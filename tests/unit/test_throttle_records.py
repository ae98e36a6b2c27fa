"""Attempts that a budget refuses are recorded, at most once for each budget and window."""

import logging
from datetime import timedelta

import pytest
from support.races.threads import race
from support.services.workbench import Workbench

from cybershop_customer import (
    AuditRecord,
    CustomerServiceError,
    RateLimit,
    SessionPolicy,
    SourcePolicy,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
)

WINDOW = 900
SOURCE = "192.0.2.7"
TYPED = "a-password-typed-as-a-name"


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(
        policy=SessionPolicy(login_attempts=4, login_window_seconds=WINDOW),
        source_policy=SourcePolicy(
            failures=RateLimit(40, timedelta(seconds=WINDOW)),
            registrations=RateLimit(4, timedelta(hours=1)),
        ),
    )
    bench.add("ann")
    return bench


def attempt(bench: Workbench, **login: str) -> CustomerServiceError:
    """Log in with a wrong password, and return the refusal."""
    with pytest.raises(CustomerServiceError) as refusal:
        bench.sessions.login(password="wrong", **login)  # type: ignore[arg-type]
    return refusal.value


def use_up(bench: Workbench, **login: str) -> None:
    """Fail until the budget of the name is used up."""
    for _ in range(3):
        assert not isinstance(attempt(bench, **login), TooManyAttemptsError)


def throttled(bench: Workbench, customer_id: str) -> list[AuditRecord]:
    return [record for record in bench.log(customer_id) if record.status_code == 429]


NAMES = pytest.mark.parametrize(
    ("login", "owner"),
    [
        ({"customer_id": "ann"}, "ann"),
        ({"email": "ANN@shop.example"}, "ann"),
        ({"customer_id": TYPED}, "-"),
        ({"email": "nobody@shop.example"}, "-"),
    ],
)


@NAMES
def test_a_throttled_login_is_recorded_under_the_customer_if_there_is_one(
    bench: Workbench, login: dict[str, str], owner: str
) -> None:
    use_up(bench, **login)

    assert isinstance(attempt(bench, **login), TooManyAttemptsError)

    (record,) = throttled(bench, owner)
    assert (record.operation_name, record.actor_id) == ("login", "-")
    assert record.message == "Login refused: too many attempts."
    assert TYPED not in repr(record)
    assert bench.log(TYPED) == ()
    assert throttled(bench, {"ann": "-", "-": "ann"}[owner]) == []


def test_a_throttled_login_on_a_known_device_is_recorded_without_a_further_read(
    bench: Workbench,
) -> None:
    token = bench.login().device_token
    use_up(bench, customer_id="ann", device_token=token)

    calls = bench.calls.during(lambda: attempt(bench, customer_id="ann", device_token=token))

    assert calls == ["sessions.get_with_sessions", "throttle.charge", "audit_log.append"]
    assert len(throttled(bench, "ann")) == 1


@NAMES
def test_with_an_unknown_token_a_throttled_login_has_one_cost_for_all_names(
    bench: Workbench, login: dict[str, str], owner: str
) -> None:
    use_up(bench, **login)

    calls = bench.calls.during(lambda: attempt(bench, **login, device_token="x" * 43))

    assert calls[-3:] == ["sessions.get_with_sessions", "throttle.charge", "audit_log.append"]
    assert len(calls) == (3 if "customer_id" in login else 4)
    assert len(throttled(bench, owner)) == 1


@NAMES
def test_the_first_refusal_costs_one_read_and_one_write_and_the_others_only_their_counter(
    bench: Workbench, login: dict[str, str], owner: str
) -> None:
    use_up(bench, **login)
    read = "customers.get" if "customer_id" in login else "customers.find_id_by_email"

    assert bench.calls.during(lambda: attempt(bench, **login)) == [
        "throttle.charge",
        read,
        "audit_log.append",
    ]
    for _ in range(3):
        assert bench.calls.during(lambda: attempt(bench, **login)) == ["throttle.charge"]


def test_a_budget_has_one_record_a_window(bench: Workbench) -> None:
    use_up(bench, customer_id="ann")
    for seconds in (0, 1, WINDOW - 2, 1):
        bench.clock.advance(seconds=seconds)
        while not isinstance(attempt(bench, customer_id="ann"), TooManyAttemptsError):
            pass
    first, second = throttled(bench, "ann")

    assert second.at - first.at == timedelta(seconds=WINDOW)


def test_each_budget_has_a_record_of_its_own(bench: Workbench) -> None:
    for login in ({"customer_id": "ann"}, {"email": "ann@shop.example"}):
        use_up(bench, **login)
        attempt(bench, **login)

    assert len(throttled(bench, "ann")) == 2


def test_a_throttled_source_is_recorded_once_and_under_no_customer(bench: Workbench) -> None:
    for number in range(30):
        attempt(bench, customer_id=f"name-{number}", source=SOURCE)

    calls = bench.calls.during(lambda: attempt(bench, customer_id="ann", source=SOURCE))

    assert calls == ["audit_log.append"]
    assert bench.calls.during(lambda: attempt(bench, customer_id="ann", source=SOURCE)) == []
    (record,) = throttled(bench, "-")
    assert (record.operation_name, record.source) == ("login", SOURCE)
    assert record.message == "Login refused: too many failures from one source."
    assert throttled(bench, "ann") == []


def test_a_throttled_registration_is_recorded_without_the_chosen_id(bench: Workbench) -> None:
    for number in range(3):
        bench.add(f"customer-{number}", source=SOURCE)

    for _ in range(2):
        with pytest.raises(TooManyAttemptsError):
            bench.add(TYPED, source=SOURCE)

    (record,) = throttled(bench, "-")
    assert (record.operation_name, record.source, record.fields) == ("add_customer", SOURCE, ())
    assert record.message == "Registration refused: too many from one source."
    assert bench.log(TYPED) == ()


@pytest.mark.parametrize("error", [StoreUnavailableError(), StoreFaultError("no right")])
def test_a_record_that_the_store_does_not_take_changes_no_answer(
    bench: Workbench, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    use_up(bench, customer_id="ann")
    bench.calls.fail("audit_log.append", error)

    with caplog.at_level(logging.WARNING):
        assert isinstance(attempt(bench, customer_id="ann"), TooManyAttemptsError)

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ann" not in caplog.text
    # A flood does not wait for the store again.
    calls = bench.calls.during(lambda: attempt(bench, customer_id="ann"))
    assert calls == ["throttle.charge"]


def test_many_threads_make_one_record(bench: Workbench) -> None:
    use_up(bench, customer_id="ann")

    race([lambda: attempt(bench, customer_id="ann")] * 16)

    assert len(throttled(bench, "ann")) == 1
