"""The threads that work after the answers: their room, their counters and their end."""

import gc
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from threading import Event
from time import monotonic

import pytest
from support.doubles.manual_time import ManualTime

from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.threaded.background import ThreadedBackground
from cybershop_customer.adapters.threaded.background_threads import PAUSE_SECONDS

WAIT_SECONDS = 30.0


class Gate:
    """Work that begins, and then waits until it is released."""

    def __init__(self) -> None:
        self.begun = Event()
        self.released = Event()

    def work(self) -> None:
        self.begun.set()
        assert self.released.wait(WAIT_SECONDS)


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    made.released.set()


def background_threads() -> set[threading.Thread]:
    return {it for it in threading.enumerate() if it.name.startswith("background")}


def full(gate: Gate, clock: ManualTime | None = None) -> ThreadedBackground:
    """One with a piece of work that is being done, and one that waits. It has no more room."""
    background = ThreadedBackground(room=1, threads=1, monotonic=(clock or ManualTime()).monotonic)
    assert background.submit("send verify_email", gate.work)
    assert gate.begun.wait(WAIT_SECONDS)
    assert background.submit("send reset_password", lambda: None)
    return background


def test_threads_start_with_the_work_and_end_with_close(gate: Gate) -> None:
    before = background_threads()
    background = ThreadedBackground()
    assert background_threads() <= before

    background.submit("wait", gate.work)
    for _ in range(10):
        background.submit("note", lambda: None)
    assert len(background_threads() - before) == 2

    gate.released.set()
    background.close(WAIT_SECONDS)
    assert background_threads() <= before
    assert (background.done, background.failed, background.refused) == (11, 0, 0)


def test_work_leaves_the_answer_the_time_to_be_sent() -> None:
    """Work that begins at once competes with the answer, and so shows in its time."""
    background, begun = ThreadedBackground(), list[float]()
    asked = monotonic()

    background.submit("note", lambda: begun.append(monotonic()))
    background.close(WAIT_SECONDS)

    assert begun[0] - asked >= PAUSE_SECONDS


def test_work_is_refused_at_once_when_there_is_no_room(gate: Gate) -> None:
    background = full(gate)

    assert not background.submit("send email_in_use", lambda: pytest.fail("it was refused"))

    gate.released.set()
    background.close(WAIT_SECONDS)
    assert (background.done, background.refused) == (2, 1)


def test_a_flood_of_refusals_has_one_log_line_a_minute(
    gate: Gate, caplog: pytest.LogCaptureFixture
) -> None:
    clock = ManualTime()
    background = full(gate, clock)

    for _ in range(100):
        background.submit("send email_in_use", lambda: None)
    clock.sleep(60)
    background.submit("send email_in_use", lambda: None)
    gate.released.set()
    background.close(WAIT_SECONDS)

    assert [record.getMessage() for record in caplog.records] == [
        f"send email_in_use is refused: the queue of 1 is full; {count} refused so far"
        for count in (1, 101)
    ]


def test_what_is_left_at_the_end_is_logged(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    background = full(gate)

    background.close(0.0)

    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        "2 pieces of background work were not finished in 0 s:"
        " send reset_password (1), send verify_email (1)"
    )
    assert background.waiting == 0
    assert not background.submit("late", lambda: None)


def test_failures_are_counted() -> None:
    background = ThreadedBackground()
    background.submit("divide", [].pop)
    background.submit("note", lambda: None)
    background.close(WAIT_SECONDS)

    assert (background.done, background.failed) == (1, 1)


def test_a_system_without_threads_refuses_the_work(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    background = ThreadedBackground()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert not background.submit("note", lambda: None)
    assert "no thread can be started (can't start new thread)" in caplog.text

    assert background.submit("note", lambda: None)
    background.close(WAIT_SECONDS)
    assert background.done == 1


def test_its_threads_end_when_nothing_refers_to_it() -> None:
    before = background_threads()
    background = ThreadedBackground()
    background.submit("note", lambda: None)
    (thread,) = background_threads() - before

    del background
    gc.collect()

    thread.join(WAIT_SECONDS)
    assert not thread.is_alive()


END = """
import sys, time
from multiprocessing import get_context
from cybershop_customer.adapters.threaded.background import ThreadedBackground

def submit():
    background = ThreadedBackground()
    for number in range(6):
        def work(number=number):
            time.sleep(0.05)
            sys.stdout.write(f"{number}\\n")
            sys.stdout.flush()
        background.submit("write", work)

"""


@pytest.mark.parametrize(
    "run",
    [
        "submit()",
        # So does granian start its workers.
        "process = get_context('fork').Process(target=submit); process.start(); process.join()",
    ],
    ids=["process", "multiprocessing"],
)
def test_the_end_of_the_process_waits_for_the_work(run: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", END + run], capture_output=True, text=True, check=True
    )

    assert sorted(result.stdout.split()) == [*"012345"]
    assert result.stderr == ""


def test_in_memory_the_work_can_be_interrupted(caplog: pytest.LogCaptureFixture) -> None:
    def work() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MemoryBackground().submit("send verify_email", work)
    assert caplog.records == []


def test_in_memory_the_work_waits_until_a_test_runs_it() -> None:
    background, done = MemoryBackground(run_at_once=False), list[str]()
    background.submit("first", lambda: done.append("first"))
    background.submit("second", lambda: done.append("second"))
    assert (background.waiting, done) == (("first", "second"), [])

    assert background.run_all() == 2

    assert (background.waiting, done) == ((), ["first", "second"])
