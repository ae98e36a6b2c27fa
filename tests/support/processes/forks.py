"""Forks children of a busy process. Each does one action and reports its result, or hangs."""

import json
import os
import select
import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from threading import Event, Thread
from typing import Any, Final

Lock = AbstractContextManager[object]

THREADS: Final = 8
CHILD_SECONDS: Final = 20.0
"""A child that takes longer hangs. Otherwise it needs at most a second on a loaded machine."""

HANGS: Final = "hangs"


@contextmanager
def busy_threads(action: Callable[[], object], threads: int = THREADS) -> Iterator[None]:
    """Repeat ``action`` in threads; each has done it once when the block begins."""
    stopped = Event()
    ready = [Event() for _ in range(threads)]
    errors: list[Exception] = []

    def work(done_once: Event) -> None:
        while not stopped.is_set():
            try:
                action()
            except Exception as error:  # noqa: BLE001 (reported at the end)
                errors.append(error)
                stopped.set()
            finally:
                done_once.set()

    workers = [Thread(target=work, args=(event,), daemon=True) for event in ready]
    for worker in workers:
        worker.start()
    try:
        for event in ready:
            assert event.wait(CHILD_SECONDS)
        yield
    finally:
        stopped.set()
        for worker in workers:
            worker.join(CHILD_SECONDS)
    assert errors == []


class Child:
    """A forked process that does ``action`` and ends; its result must be JSON.

    The fork holds ``locks``, so that no child inherits one that another thread holds.
    """

    def __init__(self, action: Callable[[], object], locks: Iterable[Lock] = ()) -> None:
        self._reader, writer = os.pipe()
        self.pid = _fork(locks)
        if self.pid == 0:
            _be_the_child(action, writer)
        os.close(writer)
        self._give_up_at = time.monotonic() + CHILD_SECONDS

    def result(self) -> Any:
        """The result of the action, the name of an error, or HANGS."""
        output = b""
        try:
            while True:
                left = self._give_up_at - time.monotonic()
                if left <= 0 or not select.select([self._reader], [], [], left)[0]:
                    return HANGS
                part = os.read(self._reader, 65536)
                if not part:
                    return json.loads(output or b'"no output"')
                output += part
        finally:
            os.close(self._reader)
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)


def in_child(action: Callable[[], object]) -> Any:
    """The result of ``action`` in a child that is forked now."""
    return Child(action).result()


def in_children(
    action: Callable[[], object],
    count: int = 100,
    *,
    at_a_time: int = 4,
    locks: Iterable[Lock] = (),
) -> list[Any]:
    """The results of ``action`` in ``count`` children, of which ``at_a_time`` run at once."""
    results: list[Any] = []
    running: list[Child] = []
    for _ in range(count):
        running.append(Child(action, locks))
        if len(running) == at_a_time:
            results.append(running.pop(0).result())
    return [*results, *(child.result() for child in running)]


def _fork(locks: Iterable[Lock]) -> int:
    with warnings.catch_warnings(), ExitStack() as held:
        for lock in locks:
            held.enter_context(lock)
        # Python 3.12 and later warn of a fork in a process with threads.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _be_the_child(action: Callable[[], object], writer: int) -> None:
    status = 1
    try:
        try:
            result = action()
        except Exception as error:  # noqa: BLE001 (reported to the parent)
            result = f"{type(error).__name__}: {error}"
        os.write(writer, json.dumps(result).encode())
        status = 0
    finally:
        os._exit(status)
