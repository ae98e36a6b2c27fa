"""Every hashing lane does the work and passes on its outcome."""

from collections.abc import Iterator

import pytest

from cybershop_customer import HashingLane
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane


@pytest.fixture(params=["memory", "threaded"])
def lane(request: pytest.FixtureRequest) -> Iterator[HashingLane]:
    made = (
        MemoryHashingLane()
        if request.param == "memory"
        else ThreadedHashingLane(threads=1, queue=0)
    )
    yield made
    made.close()


def fail() -> None:
    raise ValueError("the work fails")


@pytest.mark.parametrize("source", [None, "192.0.2.1"])
@pytest.mark.parametrize("known_device", [False, True])
def test_the_caller_gets_the_result(
    lane: HashingLane, source: str | None, known_device: bool
) -> None:
    with lane.enter(source=source, known_device=known_device) as place:
        assert [place.run(lambda: 1), place.run(lambda: "two")] == [1, "two"]


def test_the_caller_gets_the_error_of_the_work(lane: HashingLane) -> None:
    with lane.enter(source=None, known_device=False) as place:
        with pytest.raises(ValueError, match="the work fails"):
            place.run(fail)

        assert place.run(lambda: "goes on") == "goes on"


def test_an_error_in_the_block_gives_the_place_back(lane: HashingLane) -> None:
    for _ in range(3):
        with pytest.raises(KeyError), lane.enter(source=None, known_device=False):
            raise KeyError

    with lane.enter(source=None, known_device=False) as place:
        assert place.run(lambda: "a place") == "a place"


def test_close_can_be_repeated(lane: HashingLane) -> None:
    with lane.enter(source=None, known_device=True) as place:
        place.run(lambda: None)

    lane.close()
    lane.close()
