"""Who gets a place in the hashing lane, who waits, and who is refused."""

from contextlib import suppress
from threading import Event, Thread

import pytest

from cybershop_customer import ServiceBusyError
from cybershop_customer.adapters.threaded.places import (
    COMPETITION_SECONDS,
    MAX_WAIT_SECONDS,
    PlaceRequest,
    Places,
)

SLOW = 1.0
"""Seconds of a hash for which no one waits."""

FAST = 0.001


class Lane:
    """Places with a clock that the test moves."""

    def __init__(self, threads: int, queue: int, hash_seconds: float = SLOW) -> None:
        self.now = 1000.0
        self.places = Places(
            threads=threads, queue=queue, hash_seconds=hash_seconds, monotonic=lambda: self.now
        )

    def take(self, source: str | None = None, *, known: bool = False) -> PlaceRequest:
        request = PlaceRequest(source, known_device=known)
        self.places.take(request)
        return request

    def take_all(self, count: int, source: str | None = None) -> list[PlaceRequest]:
        return [self.take(source) for _ in range(count)]

    def is_full_for(self, source: str | None = None, *, known: bool = False) -> bool:
        request = PlaceRequest(source, known_device=known)
        try:
            self.places.take(request)
        except ServiceBusyError:
            return True
        finally:
            self.places.give_back(request)
        return False


class Waiting:
    """A caller that waits in a thread of its own."""

    def __init__(self, lane: Lane, source: str | None = None, *, known: bool = False) -> None:
        self.error: ServiceBusyError | None = None
        self.request = PlaceRequest(source, known_device=known)
        begun = Event()
        self.request.decided = _NotingEvent(begun)
        self._thread = Thread(target=self._take, args=(lane,))
        self._thread.start()
        assert begun.wait(30)

    def _take(self, lane: Lane) -> None:
        try:
            lane.places.take(self.request)
        except ServiceBusyError as error:
            self.error = error

    def outcome(self) -> bool:
        """Whether the caller has a place, once it does not wait any more."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.request.has_place


class _NotingEvent(Event):
    """Notes that a thread waits for it."""

    def __init__(self, begun: Event) -> None:
        super().__init__()
        self._begun = begun

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout == MAX_WAIT_SECONDS
        self._begun.set()
        return super().wait(30)


def test_there_are_as_many_places_as_threads_and_queue() -> None:
    lane = Lane(2, 4)
    for _ in range(5):
        lane.take()

    lane.take(known=True)

    assert lane.is_full_for(known=True)


def test_a_place_that_is_given_back_is_free() -> None:
    lane = Lane(1, 0)
    request = lane.take()
    assert lane.is_full_for()

    lane.places.give_back(request)
    lane.places.give_back(request)

    lane.take()
    assert lane.is_full_for()


@pytest.mark.parametrize(("total", "reserved"), [(2, 1), (3, 1), (6, 1), (8, 2), (14, 3), (16, 4)])
def test_a_quarter_is_reserved_for_known_devices(total: int, reserved: int) -> None:
    lane = Lane(1, total - 1)
    lane.take_all(total - reserved)

    assert lane.is_full_for()
    for _ in range(reserved):
        lane.take(known=True)
    assert lane.is_full_for(known=True)


def test_a_lane_of_one_place_has_another_for_known_devices() -> None:
    lane = Lane(1, 0)
    lane.take_all(1)
    assert lane.is_full_for()

    lane.take(known=True)

    assert lane.is_full_for(known=True)


def test_known_devices_may_take_every_place() -> None:
    lane = Lane(2, 4)
    for _ in range(6):
        lane.take(known=True)

    assert lane.is_full_for()


def test_a_source_alone_may_take_every_place_of_strangers() -> None:
    lane = Lane(2, 4)

    lane.take_all(5, "flood")

    assert lane.is_full_for("flood")


def test_while_another_source_has_a_place_one_source_holds_half() -> None:
    lane = Lane(2, 4)
    lane.take("other")
    lane.take_all(3, "flood")

    assert lane.is_full_for("flood")
    assert not lane.is_full_for("other")
    assert not lane.is_full_for("third")


def test_the_share_is_at_least_one_place() -> None:
    lane = Lane(1, 1)
    lane.take(known=True)

    lane.take("flood")

    assert lane.is_full_for("flood")


@pytest.mark.parametrize("refused", ["other", None])
def test_after_a_refusal_the_flood_falls_back_to_its_share(refused: str | None) -> None:
    lane = Lane(2, 4)
    flood = lane.take_all(5, "flood")
    assert lane.is_full_for(refused)

    lane.places.give_back(flood.pop())
    assert lane.is_full_for("flood")
    lane.take(refused)
    for request in flood:
        lane.places.give_back(request)

    lane.take_all(3, "flood")
    assert lane.is_full_for("flood")


def test_some_seconds_after_the_refusal_the_flood_may_take_all_again() -> None:
    lane = Lane(2, 4)
    flood = lane.take_all(5, "flood")
    assert lane.is_full_for("other")
    lane.places.give_back(flood.pop())

    lane.now += COMPETITION_SECONDS

    assert not lane.is_full_for("flood")


def test_its_own_refusals_do_not_limit_a_source() -> None:
    lane = Lane(2, 4)
    flood = lane.take_all(5, "flood")
    for _ in range(3):
        assert lane.is_full_for("flood")

    lane.places.give_back(flood.pop())

    assert not lane.is_full_for("flood")


def test_two_floods_that_take_turns_both_keep_to_their_share() -> None:
    lane = Lane(2, 4)
    held = [*lane.take_all(3, "one"), *lane.take_all(2, "two")]
    for source in ("one", "two", "one", "one", "two"):
        assert lane.is_full_for(source)

    for request in held[3:]:
        lane.places.give_back(request)

    assert lane.is_full_for("one")


def test_callers_without_a_source_are_not_taken_for_one_source() -> None:
    lane = Lane(2, 4)
    lane.take("other")

    lane.take_all(4)

    assert lane.is_full_for()


def test_the_share_counts_known_devices_too() -> None:
    lane = Lane(2, 4)
    lane.take("other")
    for _ in range(3):
        lane.take("flood", known=True)

    assert lane.is_full_for("flood", known=True)


@pytest.mark.parametrize(
    ("threads", "queue", "hash_seconds", "retry_after"),
    [(2, 4, 0.25, 1), (2, 4, 1.0, 4), (1, 5, 1.0, 7)],
)
def test_a_refusal_says_when_there_may_be_a_place(
    threads: int, queue: int, hash_seconds: float, retry_after: int
) -> None:
    lane = Lane(threads, queue, hash_seconds)
    for _ in range(threads + queue):
        lane.take(known=True)

    with pytest.raises(ServiceBusyError) as refusal:
        lane.take()

    assert refusal.value.retry_after == retry_after


def test_the_durations_that_are_measured_replace_the_estimate() -> None:
    lane = Lane(1, 0, hash_seconds=SLOW)
    lane.take()
    for _ in range(50):
        lane.places.note_hash(10.0)

    with pytest.raises(ServiceBusyError) as refusal:
        lane.take()

    assert refusal.value.retry_after == 20


def test_a_short_wait_is_no_refusal() -> None:
    lane = Lane(1, 0, FAST)
    held = lane.take()
    waiting = Waiting(lane)

    lane.places.give_back(held)

    assert waiting.outcome()
    assert waiting.error is None


def test_callers_wait_only_while_the_whole_wait_is_short() -> None:
    lane = Lane(1, 0, hash_seconds=0.04)
    held = lane.take()
    first, second = Waiting(lane), Waiting(lane)

    assert lane.is_full_for()  # 3 times 0.04 seconds are more than 0.1.

    lane.places.give_back(held)
    assert first.outcome()
    lane.places.give_back(first.request)
    assert second.outcome()


def test_callers_get_their_places_in_the_order_of_their_arrival() -> None:
    lane = Lane(1, 0, FAST)
    held = lane.take()
    waiting = [Waiting(lane) for _ in range(5)]

    for caller in waiting:
        lane.places.give_back(held)
        assert caller.outcome()
        held = caller.request


def test_a_caller_that_may_not_have_the_place_is_passed_over() -> None:
    lane = Lane(1, 1, FAST)
    stranger, known = lane.take(), lane.take(known=True)
    first, second = Waiting(lane), Waiting(lane, known=True)

    lane.places.give_back(known)

    assert second.outcome()
    lane.places.give_back(stranger)
    assert first.outcome()


def test_whoever_waits_is_refused_when_hashes_turn_out_to_be_slow() -> None:
    lane = Lane(1, 0, FAST)
    held = lane.take()
    waiting = [Waiting(lane), Waiting(lane)]

    lane.places.note_hash(10.0)

    assert [caller.outcome() for caller in waiting] == [False, False]
    assert all(caller.error is not None for caller in waiting)
    lane.places.give_back(held)
    assert not lane.is_full_for()


def test_a_caller_that_waited_for_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    lane = Lane(1, 0, FAST)
    held = lane.take()
    request = PlaceRequest(None, known_device=False)
    monkeypatch.setattr(request.decided, "wait", lambda _: False)

    with pytest.raises(ServiceBusyError):
        lane.places.take(request)
    lane.places.give_back(request)

    lane.places.give_back(held)
    assert not request.has_place
    assert not lane.is_full_for()


@pytest.mark.parametrize("admitted_meanwhile", [False, True])
def test_an_interrupted_caller_loses_no_place(
    monkeypatch: pytest.MonkeyPatch, admitted_meanwhile: bool
) -> None:
    lane = Lane(1, 0, FAST)
    held = lane.take()
    request = PlaceRequest(None, known_device=False)

    def interrupt(_: float) -> None:
        if admitted_meanwhile:
            lane.places.give_back(held)
        raise KeyboardInterrupt

    monkeypatch.setattr(request.decided, "wait", interrupt)
    with pytest.raises(KeyboardInterrupt):
        lane.places.take(request)
    assert request.has_place is admitted_meanwhile

    lane.places.give_back(request)

    lane.places.give_back(held)
    lane.take()
    with suppress(ServiceBusyError):
        assert lane.places.note_hash(1000.0) is None
        lane.take()
        pytest.fail("there is one place too many")


def test_the_memory_of_sources_is_bounded() -> None:
    lane = Lane(2, 4)
    for number in range(1000):
        lane.places.give_back(lane.take(f"source {number}"))

    assert len(lane.places._taken_by_source) == 0
