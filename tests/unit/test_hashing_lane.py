"""The threads of the hashing lane: how many, for whom, at which priority, and their end."""

import gc
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from threading import Event, Semaphore, Thread
from typing import Any

import pytest
from support.protected.service import wait_until

from cybershop_customer import ServiceBusyError
from cybershop_customer.adapters.threaded import hashing_threads
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane
from cybershop_customer.adapters.threaded.hashing_threads import (
    NAME,
    NICENESS,
    NICENESS_OF_KNOWN_DEVICES,
    HashingThreads,
    Job,
)
from cybershop_customer.adapters.threaded.jobs import Jobs

SECONDS = 30


@pytest.fixture
def lane() -> Iterator[ThreadedHashingLane]:
    made = ThreadedHashingLane(threads=2, queue=4)
    yield made
    made.close()


def run(lane: ThreadedHashingLane, work: Any, *, known: bool = False) -> Any:
    with lane.enter(source=None, known_device=known) as place:
        return place.run(work)


def hashing_threads_now() -> list[Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(NAME)]


class Held:
    """Work that a caller in a thread of its own waits for, until the test lets it go."""

    def __init__(
        self, lane: ThreadedHashingLane, *, known: bool = False, begun: Semaphore | None = None
    ) -> None:
        self.begun, self.released = Event(), Event()
        self.error: BaseException | None = None
        self._count_begun = begun or Semaphore()
        self._lane, self._known = lane, known
        self._thread = Thread(target=self._call)
        self._thread.start()

    def _call(self) -> None:
        try:
            run(self._lane, self._work, known=self._known)
        except ServiceBusyError as error:
            self.error = error

    def _work(self) -> None:
        self.begun.set()
        self._count_begun.release()
        assert self.released.wait(SECONDS)

    def finish(self) -> None:
        self.released.set()
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


class HeldMany:
    """Several held works, of which so many are running when the block begins."""

    def __init__(
        self, lane: ThreadedHashingLane, count: int, *, running: int, known: bool = False
    ) -> None:
        self._begun = Semaphore(0)
        self._held = [Held(lane, known=known, begun=self._begun) for _ in range(count)]
        self._running = running

    def __enter__(self) -> list[Held]:
        for _ in range(self._running):
            assert self._begun.acquire(timeout=SECONDS)
        return self._held

    def __exit__(self, *_: object) -> None:
        for it in self._held:
            it.released.set()
        for it in self._held:
            it.finish()


def test_the_work_runs_in_a_thread_of_the_lane(lane: ThreadedHashingLane) -> None:
    assert run(lane, lambda: threading.current_thread().name).startswith(NAME)


def test_there_is_no_thread_before_there_is_work() -> None:
    before = len(hashing_threads_now())

    lane = ThreadedHashingLane(threads=2, queue=0)
    with lane.enter(source=None, known_device=False):
        assert len(hashing_threads_now()) == before


def test_so_many_run_at_a_time_and_the_others_wait(lane: ThreadedHashingLane) -> None:
    with HeldMany(lane, 4, running=2) as held:
        assert sum(it.begun.is_set() for it in held) == 2

    assert sum(it.begun.is_set() for it in held) == 4


def test_a_known_device_has_a_thread_of_its_own(lane: ThreadedHashingLane) -> None:
    with HeldMany(lane, 3, running=2):
        assert run(lane, lambda: "hashed", known=True) == "hashed"


def test_known_devices_use_the_other_threads_too(lane: ThreadedHashingLane) -> None:
    with HeldMany(lane, 3, running=3, known=True) as held:
        assert all(it.begun.is_set() for it in held)


class ListedJob:
    def __init__(self, known_device: bool) -> None:
        self.known_device = known_device

    def run(self) -> None:
        pass


def test_jobs_of_known_devices_come_first() -> None:
    jobs = Jobs()
    strangers = [ListedJob(False), ListedJob(False)]
    known = [ListedJob(True), ListedJob(True)]
    for job in (strangers[0], known[0], strangers[1], known[1]):
        jobs.put(job)
    jobs.end_threads(1)

    assert jobs.get_known_device() is known[0]
    assert [jobs.get() for _ in range(4)] == [known[1], *strangers, None]
    assert jobs.get_known_device() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux schedules threads one by one")
@pytest.mark.parametrize(
    ("known", "possible"),
    [(False, {NICENESS}), (True, {NICENESS, NICENESS_OF_KNOWN_DEVICES})],
)
def test_the_threads_have_a_lower_priority(
    lane: ThreadedHashingLane, known: bool, possible: set[int]
) -> None:
    def priority() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    own = priority()
    lowest = 19

    assert run(lane, priority, known=known) in {min(own + it, lowest) for it in possible}
    assert priority() == own


def test_a_system_that_refuses_the_priority_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    lane = ThreadedHashingLane(threads=1, queue=0)

    assert run(lane, lambda: "hashed") == "hashed"
    lane.close()


def test_other_systems_keep_the_priority_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """There, the number of a thread could be that of another process."""
    monkeypatch.setattr(hashing_threads.sys, "platform", "darwin")
    monkeypatch.setattr(os, "setpriority", lambda *_: pytest.fail("the priority was changed"))
    lane = ThreadedHashingLane(threads=1, queue=0)

    assert run(lane, lambda: "hashed") == "hashed"
    lane.close()


def test_the_work_sees_the_callers_context(lane: ThreadedHashingLane) -> None:
    variable: ContextVar[str] = ContextVar("variable")
    variable.set("the caller's")

    assert run(lane, variable.get) == "the caller's"


class Stop(BaseException):
    """An error that is no Exception."""


def test_every_error_reaches_the_caller_and_the_thread_goes_on(lane: ThreadedHashingLane) -> None:
    def stop() -> None:
        raise Stop

    for _ in range(5):
        with pytest.raises(Stop):
            run(lane, stop)

    assert run(lane, lambda: "goes on") == "goes on"


def test_full_places_are_refused_and_free_again_after_the_work() -> None:
    lane = ThreadedHashingLane(threads=1, queue=0, hash_seconds=1.0)
    held = Held(lane)
    assert held.begun.wait(SECONDS)

    with pytest.raises(ServiceBusyError):
        run(lane, lambda: pytest.fail("there was no place"))

    held.finish()
    assert run(lane, lambda: "a place") == "a place"
    lane.close()


def test_an_interrupted_caller_gives_its_place_back_and_its_work_is_not_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lane = ThreadedHashingLane(threads=1, queue=1, hash_seconds=1.0)
    held = Held(lane)
    assert held.begun.wait(SECONDS)
    job: Job[None] = Job(lambda: pytest.fail("nobody waits for this"), known_device=False)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(job.future, "result", interrupt)
    with pytest.raises(KeyboardInterrupt), lane.enter(source=None, known_device=True):
        lane._process.get().threads.run(job)

    held.finish()
    assert job.future.cancelled()
    with lane.enter(source=None, known_device=True), lane.enter(source=None, known_device=False):
        pass
    lane.close()


def test_a_closed_lane_has_no_threads_and_refuses() -> None:
    before = set(hashing_threads_now())
    lane = ThreadedHashingLane(threads=2, queue=0)
    for known in (True, False):
        run(lane, lambda: None, known=known)
    assert set(hashing_threads_now()) > before

    lane.close()

    assert set(hashing_threads_now()) <= before
    with pytest.raises(ServiceBusyError):
        run(lane, lambda: None)


def test_close_finishes_the_work_that_waits(lane: ThreadedHashingLane) -> None:
    with HeldMany(lane, 3, running=2) as held:
        wait_until(lambda: len(lane._process.get().threads._jobs._others) == 1)
        closing = Thread(target=lane.close)
        closing.start()
    closing.join(SECONDS)

    assert not closing.is_alive()
    assert all(it.begun.is_set() and it.error is None for it in held)


def test_a_lane_that_nothing_refers_to_ends_its_threads() -> None:
    before = set(hashing_threads_now())
    lane = ThreadedHashingLane(threads=1, queue=0)
    run(lane, lambda: None)
    (thread,) = set(hashing_threads_now()) - before

    del lane
    gc.collect()

    thread.join(SECONDS)
    assert not thread.is_alive()


def test_a_system_without_threads_makes_the_service_busy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    threads = HashingThreads(2)
    with monkeypatch.context() as patched, caplog.at_level(logging.WARNING):
        patched.setattr(Thread, "start", refuse)
        with pytest.raises(ServiceBusyError):
            threads.run(Job(lambda: None, known_device=False))
    assert "can't start new thread" in caplog.text

    assert threads.run(Job(lambda: 1, known_device=False)) == 1
    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", refuse)
        assert threads.run(Job(lambda: 2, known_device=False)) == 2
    threads.close(SECONDS)


@pytest.mark.parametrize("ending", ["", "raise SystemExit(0)", "lane.close()"])
def test_the_end_of_the_process_waits_for_a_hash_and_not_for_ever(ending: str) -> None:
    """The caller is a daemon thread, so a password is being hashed when the process ends."""
    script = f"""
import threading
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane
lane, begun = ThreadedHashingLane(threads=1, queue=0), threading.Event()
def work():
    begun.set()
    BcryptPasswordHasher(rounds=8).hash("a password")
def call():
    with lane.enter(source=None, known_device=False) as place:
        place.run(work)
threading.Thread(target=call, daemon=True).start()
begun.wait()
{ending}
"""
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=60
    )

    assert (done.returncode, done.stderr) == (0, "")
