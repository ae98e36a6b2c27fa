"""A forked child has places and threads of its own, whatever its parent was doing."""

import os
import threading
from collections.abc import Iterator
from threading import Event, Thread

import pytest
from support.processes.forks import busy_threads, in_child, in_children

from cybershop_customer import ServiceBusyError
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane


@pytest.fixture
def lane() -> Iterator[ThreadedHashingLane]:
    made = ThreadedHashingLane(threads=1, queue=1, hash_seconds=1.0)
    yield made
    made.close()


def hashed_in(lane: ThreadedHashingLane, *, known_device: bool = True) -> int:
    """The id of the process that does the work."""
    with lane.enter(source=None, known_device=known_device) as place:
        return place.run(os.getpid)


def in_own_process(lane: ThreadedHashingLane) -> bool:
    return hashed_in(lane) == hashed_in(lane, known_device=False) == os.getpid()


def test_a_child_starts_its_own_threads(lane: ThreadedHashingLane) -> None:
    assert in_own_process(lane)

    def child() -> list[object]:
        before = threading.active_count()
        return [before, in_own_process(lane), threading.active_count() > before]

    assert in_child(child) == [1, True, True]
    assert in_own_process(lane)


def test_a_child_of_a_full_lane_has_free_places(lane: ThreadedHashingLane) -> None:
    begun, released = Event(), Event()

    def work() -> None:
        begun.set()
        assert released.wait(30)

    def call() -> None:
        with lane.enter(source=None, known_device=True) as place:
            place.run(work)

    callers = [Thread(target=call) for _ in range(2)]
    with lane.enter(source=None, known_device=True):
        callers[0].start()
        assert begun.wait(30)
        with pytest.raises(ServiceBusyError):
            hashed_in(lane)

        assert in_child(lambda: in_own_process(lane)) is True

    released.set()
    callers[0].join(30)
    assert in_own_process(lane)


def test_children_of_a_busy_lane_do_not_hang() -> None:
    lane = ThreadedHashingLane(threads=2, queue=30)
    with busy_threads(lambda: hashed_in(lane)):
        results = in_children(lambda: in_own_process(lane), 20)

    assert results == [True] * 20
    lane.close()


def test_closing_a_child_leaves_the_parents_threads(lane: ThreadedHashingLane) -> None:
    assert in_own_process(lane)

    def child() -> bool:
        lane.close()
        done = in_own_process(lane)
        lane.close()
        return done

    assert in_child(child) is True
    assert in_own_process(lane)
