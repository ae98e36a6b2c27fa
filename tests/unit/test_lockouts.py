"""An admin or the operator sees which login budgets of a customer are used up, and until when."""

from datetime import timedelta

import pytest
from support.consistency.sliding_window import admits, exhaust
from support.services.workbench import Workbench

from cybershop_customer import (
    OPERATOR,
    Attempt,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
)
from cybershop_customer.domain.budget_names import device_budget, email_budget
from cybershop_customer.domain.lockout import Lockout, LoginName


def lockouts(bench: Workbench, customer_id: str = "ann") -> tuple[Lockout, ...]:
    return bench.throttle.read_lockouts(customer_id, actor=OPERATOR)


def fail(bench: Workbench, times: int) -> None:
    for _ in range(times):
        with pytest.raises(LoginRefusedError):
            bench.login("ann", "wrong")


def attempt_on(bench: Workbench, identity: str) -> Attempt:
    limit = bench.policy.login_rate_limit
    return Attempt.of(identity, at=bench.clock.now(), rate_limit=limit)


@pytest.fixture
def ann(bench: Workbench) -> Workbench:
    bench.add("ann")
    return bench


def test_a_customer_who_may_log_in_has_none(ann: Workbench) -> None:
    assert lockouts(ann) == ()
    fail(ann, ann.policy.login_rate_limit.burst - 1)
    assert lockouts(ann) == ()
    assert ann.login("ann")


def test_a_used_up_budget_refuses_until_the_time_that_is_told(ann: Workbench) -> None:
    fail(ann, ann.policy.login_rate_limit.burst)

    (lockout,) = lockouts(ann)

    assert lockout.name is LoginName.CUSTOMER_ID
    assert lockout.until == ann.clock.now() + ann.policy.login_rate_limit.interval
    ann.clock.advance(seconds=ann.policy.login_rate_limit.interval / timedelta(seconds=1))
    assert lockouts(ann) == ()
    assert ann.login("ann")


def test_the_address_and_each_known_device_have_their_own(ann: Workbench) -> None:
    ann.login("ann")
    stored = ann.storage.sessions.get_with_sessions("ann", now=ann.clock.now())
    assert stored is not None
    (device,) = stored.devices
    key = stored.customer.email_key
    assert key is not None
    for identity in (email_budget(key), device_budget(device.device_id)):
        exhaust(ann.storage.login_throttle, attempt_on(ann, identity))

    assert {each.name for each in lockouts(ann)} == {LoginName.EMAIL, LoginName.DEVICE}


def test_to_look_counts_and_records_nothing(ann: Workbench) -> None:
    fail(ann, ann.policy.login_rate_limit.burst - 1)
    before = ann.log()

    for _ in range(3):
        lockouts(ann)

    assert ann.log() == before
    assert admits(ann.storage.login_throttle, attempt_on(ann, "id:ann"))


def test_an_unlocked_customer_has_none(ann: Workbench) -> None:
    fail(ann, ann.policy.login_rate_limit.burst)

    ann.throttle.unlock("ann", actor=OPERATOR)

    assert lockouts(ann) == ()


def test_only_an_admin_may_look(ann: Workbench) -> None:
    ann.add("cec")

    with pytest.raises(ForbiddenError):
        ann.throttle.read_lockouts("ann", actor=ann.login("cec").session)


def test_a_wrong_id_and_an_unknown_one_are_refused(bench: Workbench) -> None:
    with pytest.raises(CustomerNotFoundError):
        lockouts(bench, "nobody")
    with pytest.raises(InvalidInputError):
        lockouts(bench, "../nobody")
