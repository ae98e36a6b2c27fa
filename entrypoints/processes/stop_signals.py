"""What SIGTERM and Ctrl-C do to a command."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


def end_at_once_on(*numbers: signal.Signals) -> None:
    """Let each of these signals end the process at once.

    For most processes that is the system's default. The first process of a container needs a
    handler, since Linux ignores a signal that has none there (pid_namespaces(7)).
    """
    for number in numbers:
        signal.signal(number, _end_process if os.getpid() == 1 else signal.SIG_DFL)


@contextmanager
def interruptible() -> Generator[None]:
    """Let SIGTERM end the block as Ctrl-C does, so that no unfinished file stays."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end_process(number: int, _frame: FrameType | None) -> None:
    # The exit status that a shell gives a program that a signal ended.
    os._exit(128 + number)
