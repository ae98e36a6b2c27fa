"""An admin or the operator unlocks a customer; a password set by an admin does so too."""

from collections.abc import Callable

import pytest
from support.consistency.sliding_window import admits, exhaust
from support.services.workbench import PASSWORD, Workbench

from cybershop_customer import (
    ADMIN,
    OPERATOR,
    Attempt,
    CustomerNotFoundError,
    ForbiddenError,
    InvalidInputError,
    LoginRefusedError,
    StoreUnavailableError,
    TooManyAttemptsError,
)
from cybershop_customer.domain.budget_names import device_budget
from cybershop_customer.domain.device import MAX_DEVICES

NEW = "battery staple"


@pytest.fixture
def locked() -> Workbench:
    """The budgets of the id and of the address of ann are used up, and the id's of bob."""
    bench = Workbench()
    for customer_id in ("ann", "bob"):
        bench.add(customer_id)
    for attempt in (
        lambda: bench.login("ann", "wrong"),
        lambda: bench.login_by_email("ann", "wrong"),
        lambda: bench.login("bob", "wrong"),
    ):
        for _ in range(bench.policy.login_rate_limit.burst):
            with pytest.raises(LoginRefusedError):
                attempt()
        with pytest.raises(TooManyAttemptsError):
            attempt()
    return bench


def unlock(bench: Workbench, customer_id: str = "ann") -> None:
    bench.throttle.unlock(customer_id, actor=OPERATOR)


def test_the_customer_can_log_in_by_id_and_by_address_again(locked: Workbench) -> None:
    unlock(locked)

    assert locked.is_live(locked.login().context_id)
    assert locked.is_live(locked.login_by_email("ann").context_id)


def test_the_whole_budget_is_there_again_and_no_more(locked: Workbench) -> None:
    unlock(locked)

    for _ in range(locked.policy.login_rate_limit.burst):
        with pytest.raises(LoginRefusedError):
            locked.login("ann", "wrong")
    with pytest.raises(TooManyAttemptsError):
        locked.login("ann", "wrong")


def test_no_one_else_is_unlocked(locked: Workbench) -> None:
    unlock(locked)

    with pytest.raises(TooManyAttemptsError):
        locked.login("bob")


@pytest.mark.parametrize("count", [1, 3, MAX_DEVICES])
def test_every_known_device_is_unlocked(count: int) -> None:
    bench = Workbench()
    bench.add("ann")
    for _ in range(count):
        bench.login()
    stored = bench.storage.sessions.get_with_sessions("ann", now=bench.clock.now())
    assert stored is not None
    assert len(stored.devices) == count
    throttle = bench.storage.login_throttle
    attempts = [
        Attempt.of(
            device_budget(device.device_id),
            at=bench.clock.now(),
            rate_limit=bench.policy.login_rate_limit,
        )
        for device in stored.devices
    ]
    for attempt in attempts:
        exhaust(throttle, attempt)

    unlock(bench)

    assert all(admits(throttle, attempt) for attempt in attempts)


def test_the_record_says_who_unlocked(locked: Workbench) -> None:
    unlock(locked)

    record = locked.last_record()
    assert (record.operation_name, record.message) == ("unlock", "Customer unlocked.")
    assert (record.actor_id, record.status_code, record.fields) == ("operator", 200, ())


def test_an_unlocked_customer_can_be_unlocked_again(locked: Workbench) -> None:
    for _ in range(2):
        unlock(locked)

    assert [record.operation_name for record in locked.log()][-2:] == ["unlock", "unlock"]


def test_a_customer_without_an_address_can_be_unlocked(bench: Workbench) -> None:
    bench.roles.ensure_admin("root", PASSWORD)

    unlock(bench, "root")

    assert bench.last_record("root").operation_name == "unlock"


def test_only_an_admin_may_unlock(locked: Workbench) -> None:
    locked.add("cec")
    session = locked.login("cec").session

    with pytest.raises(ForbiddenError):
        locked.throttle.unlock("ann", actor=session)

    record = locked.last_record()
    assert (record.operation_name, record.actor_id, record.status_code) == ("unlock", "cec", 403)
    with pytest.raises(TooManyAttemptsError):
        locked.login("ann")


def test_an_admin_may_unlock(locked: Workbench) -> None:
    locked.roles.ensure_admin("root", PASSWORD)

    locked.throttle.unlock("ann", actor=locked.login("root").session)

    locked.clock.advance(seconds=1)
    assert locked.login("ann")
    assert locked.last_record().operation_name == "login"


def test_an_unknown_customer_cannot_be_unlocked(bench: Workbench) -> None:
    with pytest.raises(CustomerNotFoundError):
        unlock(bench, "nobody")

    assert bench.log("nobody") == ()


def test_a_malformed_id_is_refused(bench: Workbench) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        unlock(bench, "a b")

    assert [fault.field for fault in refusal.value.faults] == ["customer_id"]


def test_a_store_that_does_not_answer_unlocks_no_one(locked: Workbench) -> None:
    locked.calls.fail("throttle.reset", StoreUnavailableError())

    with pytest.raises(StoreUnavailableError):
        unlock(locked)

    with pytest.raises(TooManyAttemptsError):
        locked.login("ann")


def test_an_error_in_the_second_transaction_does_not_say_that_nothing_was_changed() -> None:
    bench = Workbench()
    bench.add("ann")
    for _ in range(MAX_DEVICES):
        bench.login()
    bench.calls.before("throttle.reset", lambda: None)
    bench.calls.fail("throttle.reset", StoreUnavailableError())

    with pytest.raises(StoreUnavailableError) as error:
        unlock(bench)

    assert not error.value.outcome_known


def a_new_password(bench: Workbench) -> None:
    bench.update("ann", password=NEW)


def an_ensured_admin(bench: Workbench) -> None:
    # The address of a customer who is no admin yet would be removed.
    bench.roles.grant_role("ann", ADMIN, actor=OPERATOR)
    bench.roles.ensure_admin("ann", NEW)


@pytest.mark.parametrize("change", [a_new_password, an_ensured_admin])
def test_a_password_set_by_an_admin_unlocks(
    locked: Workbench, change: Callable[[Workbench], None]
) -> None:
    change(locked)

    assert locked.is_live(locked.login("ann", NEW).context_id)
    assert locked.is_live(locked.login_by_email("ann", NEW).context_id)
    with pytest.raises(TooManyAttemptsError):
        locked.login("bob")


def test_a_new_address_in_the_same_update_is_unlocked_too(locked: Workbench) -> None:
    for _ in range(locked.policy.login_rate_limit.burst):
        with pytest.raises(LoginRefusedError):
            locked.login_by_email("new", "wrong")

    locked.update("ann", password=NEW, email="new@shop.example")

    assert locked.is_live(locked.login_by_email("new", NEW).context_id)


@pytest.mark.parametrize("changes", [{"fname": "Ann"}, {"password": PASSWORD}])
def test_any_other_update_unlocks_no_one(locked: Workbench, changes: dict[str, str]) -> None:
    locked.update("ann", **changes)

    with pytest.raises(TooManyAttemptsError):
        locked.login("ann")


def test_an_admin_that_needs_no_change_is_not_unlocked(locked: Workbench) -> None:
    locked.roles.grant_role("ann", "admin", actor=OPERATOR)

    locked.roles.ensure_admin("ann", PASSWORD)

    with pytest.raises(TooManyAttemptsError):
        locked.login("ann")
