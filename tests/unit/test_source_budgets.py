"""What counts in the budgets of a source: what the caller did wrong, and nothing else."""

from datetime import timedelta

import pytest
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    CustomerExistsError,
    EmailTakenError,
    LoginRefusedError,
    RateLimit,
    ServiceBusyError,
    SourcePolicy,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
)

SOURCE = "192.0.2.7"
LIMIT = RateLimit(4, timedelta(hours=1))
NOT_THE_CALLERS = [StoreUnavailableError(), StoreFaultError("no rights"), ServiceBusyError()]


@pytest.fixture
def bench() -> Workbench:
    bench = Workbench(source_policy=SourcePolicy(failures=LIMIT, registrations=LIMIT))
    bench.add("ann")
    return bench


def register(bench: Workbench, customer_id: str, email: str | None = None) -> None:
    bench.customers.add_customer(
        customer_id=customer_id,
        email=email or f"{customer_id}@shop.example",
        password=PASSWORD,
        source=SOURCE,
    )


def log_in(bench: Workbench, password: str = PASSWORD) -> None:
    bench.sessions.login(customer_id="ann", password=password, source=SOURCE)


@pytest.mark.parametrize("error", NOT_THE_CALLERS)
@pytest.mark.parametrize("call", ["customers.is_taken", "hasher.hash", "customers.add"])
def test_a_registration_that_fails_for_another_reason_is_not_counted(
    bench: Workbench, call: str, error: Exception
) -> None:
    for _ in range(9):
        bench.calls.fail(call, error)
        with pytest.raises(type(error)):
            register(bench, "zoe")

    register(bench, "zoe")


@pytest.mark.parametrize(
    ("customer_id", "email", "error"),
    [
        ("ann", "zoe@shop.example", CustomerExistsError),
        ("zoe", "ann@shop.example", EmailTakenError),
    ],
)
def test_a_registration_of_what_is_taken_is_counted(
    bench: Workbench, customer_id: str, email: str, error: type[Exception]
) -> None:
    for _ in range(LIMIT.burst):
        with pytest.raises(error):
            register(bench, customer_id, email)

    with pytest.raises(TooManyAttemptsError):
        register(bench, "zoe")


@pytest.mark.parametrize("error", NOT_THE_CALLERS)
@pytest.mark.parametrize("call", ["throttle.charge", "hasher.verify", "sessions.open"])
def test_a_login_that_fails_for_another_reason_is_not_counted(
    bench: Workbench, call: str, error: Exception
) -> None:
    for _ in range(9):
        bench.calls.fail(call, error)
        with pytest.raises(type(error)):
            log_in(bench)

    log_in(bench)


def test_a_wrong_password_is_counted(bench: Workbench) -> None:
    for _ in range(LIMIT.burst):
        with pytest.raises(LoginRefusedError):
            log_in(bench, "wrong")

    with pytest.raises(TooManyAttemptsError):
        log_in(bench)
