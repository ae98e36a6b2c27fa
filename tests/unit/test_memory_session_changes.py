"""The store in memory removes old session changes."""

from datetime import timedelta

from support.builders.values import a_record, added

from cybershop_customer import Storage
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.domain.session_feed import RETENTION
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

MINUTE = timedelta(minutes=1)


def kept(storage: Storage) -> list[str]:
    return [change.position for change in storage.session_changes.read(after="", limit=10_000)]


def test_a_change_older_than_the_retention_is_removed() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic)
    customer_id = added(storage).customer_id
    records = [a_record(customer_id, at=START + number * MINUTE) for number in range(1000)]
    most = 0

    for record in records:
        clock.moment = record.at
        assert storage.sessions.close_all(customer_id, record)
        most = max(most, len(kept(storage)))

    an_hour = RETENTION // MINUTE
    assert most <= 2 * an_hour + 2
    assert kept(storage)[-an_hour - 1 :] == [record.position for record in records[-an_hour - 1 :]]


def test_a_change_within_the_retention_is_kept() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic)
    customer_id = added(storage).customer_id
    old, *others = (
        a_record(customer_id, at=at)
        for at in (START, START + RETENTION, START + RETENTION, START + RETENTION)
    )
    for record in (old, *others):
        clock.moment = record.at
        assert storage.sessions.close_all(customer_id, record)

    assert old.position in kept(storage)


def test_a_clock_that_jumps_ahead_and_back_removes_no_change() -> None:
    storage = memory_storage(lambda: 0)
    customer_id = added(storage).customer_id
    before, ahead, after = (
        a_record(customer_id, at=START + at) for at in (0 * MINUTE, timedelta(days=1), MINUTE)
    )
    for record in (before, ahead, after):
        assert storage.sessions.close_all(customer_id, record)

    assert kept(storage) == [before.position, after.position, ahead.position]


def test_a_late_change_is_removed_an_hour_after_it_was_published() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic)
    customer_id = added(storage).customer_id
    late, last = (a_record(customer_id, at=START + at) for at in (-30 * MINUTE, MINUTE))
    storage.sessions.close_all(customer_id, a_record(customer_id, at=START))
    clock.moment += MINUTE
    storage.sessions.close_all(customer_id, late)
    clock.moment += RETENTION
    storage.sessions.close_all(customer_id, last)
    assert kept(storage) == [late.position, last.position]

    clock.moment += MINUTE
    storage.sessions.close_all(customer_id, a_record(customer_id, at=START + 2 * MINUTE))

    assert len(kept(storage)) == 2
    assert late.position not in kept(storage)


def test_after_a_long_pause_one_change_does_not_remove_the_whole_feed_at_once() -> None:
    clock = ManualClock()
    storage = memory_storage(clock.monotonic)
    customer_id = added(storage).customer_id
    for number in range(2500):
        at = START + timedelta(milliseconds=number)
        storage.sessions.close_all(customer_id, a_record(customer_id, at=at))
    clock.moment += 2 * RETENTION
    left = []

    for number in range(3):
        record = a_record(customer_id, at=clock.now() + timedelta(seconds=number))
        storage.sessions.close_all(customer_id, record)
        left.append(len(kept(storage)))

    assert left == [1501, 502, 3]
