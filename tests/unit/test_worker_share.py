"""The limits of the whole service, divided by its workers."""

import sys

import pytest

from cybershop_customer import SettingsError
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.workers import share
from cybershop_customer.entrypoints.workers.share import settings_of_worker


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(share, "available_cores", lambda: 8)


def test_one_worker_has_the_settings_as_they_are() -> None:
    settings = Settings(storage="memory")

    assert settings_of_worker(settings) is settings


def test_limits_are_divided_and_the_rest_stays() -> None:
    settings = Settings(storage="sqlite", workers=4, connections_per_source=100, threads=16)
    its = settings_of_worker(settings)

    assert (its.workers, its.threads, its.stop_seconds) == (1, 16, settings.stop_seconds)
    assert (its.connections, its.connections_per_source) == (250, 25)
    assert (its.hashing_threads, its.hashing_queue) == (2, None)


@pytest.mark.parametrize(
    ("workers", "threads", "queue", "share_of_each"),
    [
        (2, 8, 8, (4, 4)),
        (3, 7, 4, (2, 1)),
        (4, 2, 0, (1, 0)),
        (2, None, 4, (4, 2)),
        (2, None, 8, (2, 4)),
    ],
)
def test_the_hashing_lane_is_divided(
    workers: int, threads: int | None, queue: int | None, share_of_each: tuple[int, int]
) -> None:
    settings = Settings(
        storage="sqlite",
        workers=workers,
        hashing_threads=threads,
        hashing_queue=queue,
        threads=10 if threads else 8,
    )
    its = settings_of_worker(settings)

    assert (its.hashing_threads, its.hashing_queue) == share_of_each


def test_what_cannot_be_divided_is_refused() -> None:
    with pytest.raises(SettingsError) as error:
        Settings(storage="memory", workers=4, connections=39, hashing_threads=20, hashing_queue=12)

    told = {fault.field: fault.detail for fault in error.value.faults}
    assert told == {
        "CUSTOMER_WORKERS": "must be 1, since CUSTOMER_STORAGE is memory: each worker would have"
        " customers of its own. Store in sqlite or dynamodb, or in the demo with --keep",
        "CUSTOMER_CONNECTIONS": "must be at least 10 for each of the 4 workers",
        "CUSTOMER_HASHING_THREADS": "and CUSTOMER_HASHING_QUEUE must together be at most 6, which"
        " is CUSTOMER_THREADS less 2, in each worker",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows: it has no fork")
class TestSharedState:
    def test_what_succeeded_once_is_not_done_again(self) -> None:
        from cybershop_customer.entrypoints.workers.shared_state import SharedState

        state = SharedState()
        done: list[float] = []
        with pytest.raises(ZeroDivisionError):
            state.ensure_once(lambda: done.append(1 // 0))
        for number in (1, 2):
            state.ensure_once(lambda number=number: done.append(number))

        assert done == [1]
        assert (state.stopping, state.unfinished) == (False, False)
        state.note_stop()
        state.note_unfinished()
        assert (state.stopping, state.unfinished) == (True, True)
        state.close()
