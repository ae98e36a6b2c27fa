"""A fork copies guarded data between two changes, and the lock of the copy is free."""

import gc
import os
from threading import Event, Thread

import pytest
from support.processes.forks import HANGS, busy_threads, in_child, in_children

from cybershop_customer.adapters.forking import fork_safe_lock
from cybershop_customer.adapters.forking.fork_safe_lock import ForkSafeLock, no_fork


class Pair:
    """Two numbers. They are equal whenever no other thread holds the lock."""

    def __init__(self) -> None:
        self.lock = ForkSafeLock()
        self.one = self.other = 0

    def change(self) -> None:
        with self.lock:
            self.one += 1
            for _ in range(50):
                pass
            self.other += 1

    def is_consistent(self) -> bool:
        with self.lock:
            return self.one == self.other


def test_a_copy_is_consistent_and_its_lock_free() -> None:
    pair = Pair()

    with busy_threads(pair.change):
        assert set(in_children(pair.is_consistent)) == {True}


def test_a_fork_waits_for_the_thread_that_holds_the_lock() -> None:
    held, forked = Event(), Event()
    forked_too_early: list[bool] = []

    def hold() -> None:
        with no_fork:
            held.set()
            forked_too_early.append(forked.wait(0.1))

    thread = Thread(target=hold)
    thread.start()
    assert held.wait(30)

    assert in_child(lambda: "here") == "here"
    forked.set()
    thread.join(30)

    assert forked_too_early == [False]


def test_a_fork_waits_for_a_limited_time_and_the_child_then_gets_a_new_lock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fork_safe_lock, "MAX_WAIT_SECONDS", 0.01)
    lock, held, may_end = ForkSafeLock(), Event(), Event()

    def hold() -> None:
        with lock:
            held.set()
            may_end.wait(30)

    thread = Thread(target=hold)
    thread.start()
    assert held.wait(30)

    def child() -> str:
        with lock:
            return "free"

    try:
        assert in_child(child) == "free"
    finally:
        may_end.set()
        thread.join(30)
    with lock:
        pass


def test_a_fork_without_pythons_hooks_gets_a_new_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, held, may_end = ForkSafeLock(), Event(), Event()

    def hold() -> None:
        lock._lock.acquire()
        held.set()
        may_end.wait(30)

    thread = Thread(target=hold)
    thread.start()
    assert held.wait(30)
    monkeypatch.setattr(os, "getpid", lambda: -1)

    with lock:
        pass

    may_end.set()
    thread.join(30)


def test_a_thread_that_forks_while_it_holds_the_lock_still_holds_it_in_the_child() -> None:
    lock = ForkSafeLock()

    def other_thread_gets_it() -> bool:
        got: list[bool] = []
        thread = Thread(target=lambda: got.append(lock._lock.acquire(blocking=False)))
        thread.start()
        thread.join(30)
        return got[0]

    with lock:
        assert in_child(other_thread_gets_it) is False
    assert in_child(other_thread_gets_it) is True


def test_a_deleted_lock_is_forgotten() -> None:
    lock = ForkSafeLock()
    lock_id = id(lock)
    assert lock_id in fork_safe_lock._locks

    del lock
    gc.collect()

    assert lock_id not in fork_safe_lock._locks


def test_several_threads_may_fork_at_once() -> None:
    results: list[object] = []

    with busy_threads(lambda: results.append(in_child(os.getpid)), threads=3):
        pass

    assert HANGS not in results
