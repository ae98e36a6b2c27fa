"""Each process makes a value of its own, with or without Python's fork hooks."""

import gc
import os
from threading import Event, Lock, Thread

import pytest
from support.processes.forks import in_child
from support.races.threads import race

from cybershop_customer.adapters.forking import process_local
from cybershop_customer.adapters.forking.process_local import ProcessLocal


class Value:
    """Adds the process id to ``closed`` when it is garbage collected."""

    def __init__(self, closed: list[int]) -> None:
        self._closed = closed

    def __del__(self) -> None:
        self._closed.append(os.getpid())


def test_the_value_is_made_once_at_its_first_use() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    local = ProcessLocal(make)
    assert (local.peek(), made) == (None, [])

    assert local.get() is local.get() is local.peek()
    assert len(made) == 1


def test_many_threads_share_one_value() -> None:
    local = ProcessLocal(object)

    assert len(set(map(id, race([local.get] * 8)))) == 1


def test_a_child_makes_its_own_value_and_the_parent_keeps_the_old_one() -> None:
    local = ProcessLocal(os.getpid)
    own = local.get()

    assert in_child(lambda: local.peek() is None and local.get() == os.getpid()) is True
    assert local.get() == own == os.getpid()


def test_a_child_of_a_child_makes_its_own_value() -> None:
    local = ProcessLocal(os.getpid)
    local.get()

    def grandchild() -> bool:
        local.get()
        return bool(in_child(lambda: local.get() == os.getpid()))

    assert in_child(grandchild) is True


def test_a_fork_without_pythons_hooks_is_recognized_by_the_process_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = ProcessLocal(object)
    own = local.get()
    monkeypatch.setattr(os, "getpid", lambda: -1)

    assert local.get() is not own


def test_a_process_with_the_id_of_a_dead_ancestor_is_recognized_by_the_count_of_forks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = ProcessLocal(object)
    own = local.get()
    monkeypatch.setattr(process_local._Forks, "count", process_local._Forks.count + 1)

    assert local.get() is not own


def test_a_fork_raises_the_count() -> None:
    before = process_local._Forks.count

    assert in_child(lambda: process_local._Forks.count) == before + 1


def test_a_child_does_not_close_the_inherited_value() -> None:
    def closed_after(use: bool) -> bool:
        closed: list[int] = []
        local = ProcessLocal(lambda: Value(closed))
        local.get()

        def child() -> list[int]:
            nonlocal local
            if use:
                local.get()
            own = os.getpid()
            del local
            gc.collect()
            return [pid for pid in closed if pid != own] or [len(closed)]

        return in_child(child) == [1 if use else 0]

    assert closed_after(use=True)
    assert closed_after(use=False)


def test_a_lock_that_another_thread_of_the_parent_holds_hangs_no_child() -> None:
    making, may_end = Event(), Event()

    def make() -> int:
        making.set()
        may_end.wait(30)
        return os.getpid()

    local = ProcessLocal(make)
    thread = Thread(target=local.get)
    thread.start()
    assert making.wait(30)

    def child() -> bool:
        may_end.set()
        return local.get() == os.getpid()

    assert in_child(child) is True
    may_end.set()
    thread.join(30)


def test_a_thread_waits_for_a_limited_time_for_another_one_to_make_the_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_local, "_MAX_WAIT_SECONDS", 0.01)
    local = ProcessLocal(object)
    held = Lock()
    held.acquire()
    local._locks[os.getpid(), process_local._Forks.count] = held

    assert local.get() is local.get()
