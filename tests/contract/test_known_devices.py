"""The known devices of a customer in every store."""

from datetime import timedelta

import pytest
from support.builders.values import (
    a_record,
    a_session,
    added,
    an_opening,
    an_update,
    opened,
    unique,
)
from support.races.threads import THREADS, count_by_type, race
from support.stores.stored_state import devices_of

from cybershop_customer import Customer, Device, DeviceUse, Storage, VersionConflictError
from cybershop_customer.domain.device import MAX_DEVICES, MAX_STORED_DEVICES, plan_device_use
from cybershop_customer.domain.services.conflict import retry_on_conflict
from cybershop_customer.entrypoints.testkit.clock import START

TODAY = START.replace(microsecond=0)


def a_device(seconds: int = 0) -> Device:
    """A device that was used so many seconds after the start."""
    return Device(unique("device"), TODAY + timedelta(seconds=seconds))


def use(storage: Storage, customer: Customer, device_use: DeviceUse) -> None:
    """Log in on a device, as planned."""
    opening = an_opening(a_session(customer.customer_id), device_use=device_use)
    storage.sessions.open(opening, a_record(customer.customer_id))


def plan(storage: Storage, customer: Customer, device: Device) -> DeviceUse:
    return plan_device_use(devices_of(storage, customer.customer_id), device)


def log_in(storage: Storage, customer: Customer, device: Device) -> None:
    use(storage, customer, plan(storage, customer, device))


def with_devices(storage: Storage, count: int) -> tuple[Customer, list[Device]]:
    """A customer and the devices, the one that was used least recently first."""
    customer = added(storage)
    devices = [a_device(number) for number in range(count)]
    for device in devices:
        log_in(storage, customer, device)
    return customer, devices


def test_a_new_customer_has_no_device(storage: Storage) -> None:
    assert devices_of(storage, added(storage).customer_id) == frozenset()


@pytest.mark.parametrize("count", [1, 2, MAX_DEVICES])
def test_every_device_is_kept_with_the_second_of_its_use(storage: Storage, count: int) -> None:
    customer, devices = with_devices(storage, count)

    assert devices_of(storage, customer.customer_id) == set(devices)


def test_a_known_device_becomes_the_newest(storage: Storage) -> None:
    customer, devices = with_devices(storage, MAX_DEVICES)
    again, another = Device(devices[0].device_id, TODAY + timedelta(hours=1)), a_device(3601)

    log_in(storage, customer, again)
    log_in(storage, customer, another)

    assert devices_of(storage, customer.customer_id) == {again, *devices[2:], another}


def test_no_more_than_the_newest_are_kept(storage: Storage) -> None:
    customer, devices = with_devices(storage, MAX_DEVICES + 3)

    assert devices_of(storage, customer.customer_id) == set(devices[-MAX_DEVICES:])


def test_a_login_without_a_device_changes_none(storage: Storage) -> None:
    customer, devices = with_devices(storage, 2)

    opened(storage, customer)

    assert devices_of(storage, customer.customer_id) == set(devices)


def test_what_ends_sessions_or_changes_the_profile_keeps_the_devices(storage: Storage) -> None:
    customer, devices = with_devices(storage, 2)
    record = a_record(customer.customer_id)

    assert storage.sessions.close_all(customer.customer_id, record)
    update = an_update(customer, profile={"fname": "Zoë"}, roles=frozenset({"admin"}))
    storage.customers.update(update, a_record(customer.customer_id))

    assert devices_of(storage, customer.customer_id) == set(devices)


def test_a_change_of_the_password_forgets_every_device(storage: Storage) -> None:
    customer, _ = with_devices(storage, 2)

    update = an_update(customer, password_hash="new")
    storage.customers.update(update, a_record(customer.customer_id))

    assert devices_of(storage, customer.customer_id) == frozenset()


def test_a_customer_without_devices_can_change_the_password(storage: Storage) -> None:
    customer = added(storage)

    update = an_update(customer, password_hash="new")
    storage.customers.update(update, a_record(customer.customer_id))

    assert devices_of(storage, customer.customer_id) == frozenset()


def test_a_deletion_removes_the_devices(storage: Storage) -> None:
    customer, _ = with_devices(storage, 2)
    deletion = a_record(customer.customer_id)

    storage.customers.delete(customer, deletion, id_kept_until=None)

    assert devices_of(storage, customer.customer_id) == frozenset()
    again = added(storage, customer_id=customer.customer_id)
    assert devices_of(storage, again.customer_id) == frozenset()


def refuse(storage: Storage, customer: Customer, device_use: DeviceUse) -> None:
    """Check that a plan that is out of date changes nothing."""
    before = storage.sessions.get_with_sessions(customer.customer_id, now=START)

    with pytest.raises(VersionConflictError):
        use(storage, customer, device_use)

    assert storage.sessions.get_with_sessions(customer.customer_id, now=START) == before


@pytest.mark.parametrize("known", [1, MAX_DEVICES - 1, MAX_DEVICES])
def test_a_second_plan_for_a_new_device_never_loses_the_first(storage: Storage, known: int) -> None:
    customer, _ = with_devices(storage, known)
    device, other = a_device(100), a_device(101)
    planned = plan(storage, customer, device)
    log_in(storage, customer, other)

    use(storage, customer, planned)

    assert {device, other} <= devices_of(storage, customer.customer_id)
    log_in(storage, customer, device)
    assert len(devices_of(storage, customer.customer_id)) == min(known + 2, MAX_DEVICES)


def test_a_second_plan_for_the_first_device_is_refused(storage: Storage) -> None:
    customer, _ = with_devices(storage, 0)
    planned = plan(storage, customer, a_device(100))
    log_in(storage, customer, a_device(101))

    refuse(storage, customer, planned)


def test_a_known_device_that_was_forgotten_meanwhile_is_known_again(storage: Storage) -> None:
    customer, devices = with_devices(storage, MAX_DEVICES)
    again = Device(devices[0].device_id, TODAY + timedelta(hours=1))
    planned = plan(storage, customer, again)
    log_in(storage, customer, a_device(100))

    use(storage, customer, planned)

    assert again in devices_of(storage, customer.customer_id)


def test_a_plan_from_before_a_change_of_the_password_is_refused(storage: Storage) -> None:
    customer, devices = with_devices(storage, 2)
    planned = [plan(storage, customer, device) for device in (devices[0], a_device())]
    update = an_update(customer, password_hash="new")
    storage.customers.update(update, a_record(customer.customer_id))

    for device_use in planned:
        refuse(storage, customer, device_use)


@pytest.mark.parametrize("known", [0, 1, MAX_DEVICES - 1])
def test_concurrent_logins_lose_no_device_but_the_oldest(storage: Storage, known: int) -> None:
    customer, devices = with_devices(storage, known)
    # Each racer loses at most as many rounds as there are others, so none runs out of attempts.
    racers = [a_device(100 + number) for number in range(4)]

    outcomes = race(
        lambda device=device: retry_on_conflict(log_in, storage, customer, device)
        for device in racers
    )

    assert outcomes == [None] * len(racers)
    kept = [*devices, *racers][-MAX_DEVICES:]
    assert devices_of(storage, customer.customer_id) >= set(kept)
    log_in(storage, customer, racers[0])
    assert devices_of(storage, customer.customer_id) == set(kept)


def test_logins_at_the_same_moment_leave_a_bounded_number_of_devices(storage: Storage) -> None:
    customer, _ = with_devices(storage, MAX_DEVICES - 1)
    racers = 2 * MAX_DEVICES
    planned = [plan(storage, customer, a_device(100 + number)) for number in range(racers)]

    outcomes = race(
        lambda device_use=device_use: use(storage, customer, device_use) for device_use in planned
    )

    admitted = MAX_STORED_DEVICES - (MAX_DEVICES - 1)
    assert count_by_type(outcomes) == {
        type(None): admitted,
        VersionConflictError: racers - admitted,
    }
    assert len(devices_of(storage, customer.customer_id)) == MAX_STORED_DEVICES


def test_concurrent_logins_on_one_known_device_do_not_conflict(storage: Storage) -> None:
    customer, devices = with_devices(storage, 3)
    planned = plan(storage, customer, devices[1])

    outcomes = race([lambda: use(storage, customer, planned)] * THREADS)

    assert outcomes == [None] * THREADS
    assert devices_of(storage, customer.customer_id) == set(devices)
