"""A forked child has a queue and threads of its own, and leaves the parent's work to the parent."""

import os
from threading import Event

from support.processes.forks import busy_threads, in_child, in_children

from cybershop_customer.adapters.threaded.background import ThreadedBackground

WAIT_SECONDS = 15.0


def done_here(background: ThreadedBackground) -> bool:
    """Whether work is done in this process."""
    done, pids = Event(), list[int]()

    def work() -> None:
        pids.append(os.getpid())
        done.set()

    return background.submit("note", work) and done.wait(WAIT_SECONDS) and pids == [os.getpid()]


def test_a_child_does_its_own_work_and_none_of_the_parents() -> None:
    begun, released, pids = Event(), Event(), list[int]()
    background = ThreadedBackground(room=1, threads=1)

    def wait() -> None:
        begun.set()
        assert released.wait(WAIT_SECONDS)

    background.submit("wait", wait)
    assert begun.wait(WAIT_SECONDS)
    background.submit("note", lambda: pids.append(os.getpid()))
    assert not background.submit("refused", lambda: None)

    def child() -> list[object]:
        alone = done_here(background)
        background.close(WAIT_SECONDS)
        return [alone, pids, background.done, background.refused]

    assert in_child(child) == [True, [], 1, 0]
    released.set()
    background.close(WAIT_SECONDS)
    assert pids == [os.getpid()]
    assert (background.done, background.refused) == (2, 1)


def test_children_of_a_busy_parent_do_not_hang() -> None:
    background = ThreadedBackground()
    with busy_threads(lambda: done_here(background)):
        results = in_children(lambda: done_here(background), 20)

    assert results == [True] * 20
    background.close(WAIT_SECONDS)
