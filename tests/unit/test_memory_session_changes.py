"""The store in memory does not remember every change for ever."""

from datetime import timedelta

from support.builders import a_record, added

from cybershop_customer import Storage
from cybershop_customer.adapters.memory.clock import START
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.domain.session_feed import KEPT

MINUTE = timedelta(minutes=1)


def kept(storage: Storage) -> list[str]:
    return [change.position for change in storage.session_changes.read(after="", limit=10_000)]


def test_what_is_older_than_anybody_may_read_is_forgotten() -> None:
    storage = memory_storage()
    customer_id = added(storage).customer_id
    records = [a_record(customer_id, at=START + number * MINUTE) for number in range(1000)]
    most = 0

    for record in records:
        assert storage.sessions.close_all(customer_id, record)
        most = max(most, len(kept(storage)))

    an_hour = KEPT // MINUTE
    assert most <= 2 * an_hour + 2
    assert kept(storage)[-an_hour - 1 :] == [record.position for record in records[-an_hour - 1 :]]


def test_nothing_is_forgotten_that_may_still_be_read() -> None:
    storage = memory_storage()
    customer_id = added(storage).customer_id
    old, *others = (
        a_record(customer_id, at=at) for at in (START, START + KEPT, START + KEPT, START + KEPT)
    )
    for record in (old, *others):
        assert storage.sessions.close_all(customer_id, record)

    assert old.position in kept(storage)
