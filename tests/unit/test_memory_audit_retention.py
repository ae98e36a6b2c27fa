"""The store in memory drops audit records whose retention is over."""

from datetime import timedelta

from support.builders.audit_records import appended
from support.builders.values import a_record, added
from support.stores.stored_state import log_of

from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.memory.tables import Tables
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

DAY = timedelta(days=1)


def test_a_record_is_dropped_once_its_retention_is_over() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic, audit_retention=7 * DAY)
    (old,) = appended(storage, "zoe", clock.now())

    clock.advance(seconds=7 * 86400)
    (next_one,) = appended(storage, "zoe", clock.now())
    assert log_of(storage, "zoe") == (old, next_one)

    clock.advance(seconds=1)
    (last,) = appended(storage, "zoe", clock.now())
    assert log_of(storage, "zoe") == (next_one, last)


def test_a_change_drops_records_of_other_customers_too() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic, audit_retention=DAY)
    appended(storage, "zoe", START)
    appended(storage, "-", START)
    clock.advance(seconds=2 * 86400)

    added(storage)

    assert log_of(storage, "zoe") == log_of(storage, "-") == ()


def test_the_work_of_one_call_is_bounded() -> None:
    clock = ManualClock()
    tables = Tables(clock.monotonic, DAY)
    for number in range(1000):
        tables.log(a_record(f"customer-{number % 7}", at=START + timedelta(seconds=number)))
    clock.advance(seconds=2 * 86400)

    left = []
    for _ in range(12):
        tables.log(a_record("ann", at=clock.now()))
        left.append(sum(map(len, tables.logs.values())))

    assert left[:9] == [1000 - 99 * calls for calls in range(1, 10)]
    assert left[-1] == 12
    assert tables.logs.keys() == {"ann"}


def test_records_of_a_wrong_clock_age_by_the_steady_one() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic, audit_retention=DAY)
    ahead, behind = appended(storage, "zoe", START + 3650 * DAY, START - 3650 * DAY)

    added(storage)
    assert log_of(storage, "zoe") == (behind, ahead)

    clock.advance(seconds=2 * 86400)
    added(storage)
    assert log_of(storage, "zoe") == ()


def test_a_record_that_is_appended_again_ages_once() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic, audit_retention=DAY)
    record = a_record("zoe")
    for _ in range(3):
        storage.audit_log.append(record)
    clock.advance(seconds=2 * 86400)

    for _ in range(3):
        added(storage)

    assert log_of(storage, "zoe") == ()


def test_the_setting_reaches_the_store() -> None:
    settings = Settings.demo_from_environ({"CUSTOMER_AUDIT_RETENTION_DAYS": "7"})
    storage = make_container(settings).storage()

    assert storage.audit_log._tables._audit_retention == 7 * DAY.total_seconds()
    assert Settings().audit_retention == 400 * DAY
