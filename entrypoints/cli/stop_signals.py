"""SIGTERM and Ctrl-C while the process has nothing to finish."""

import os
import signal
from types import FrameType


def end_at_once_on(*numbers: signal.Signals) -> None:
    """Let each of these signals end the process at once.

    For most processes that is the system's default. The first process of a container needs a
    handler, since Linux ignores a signal that has none there (pid_namespaces(7)).
    """
    for number in numbers:
        signal.signal(number, _end_process if os.getpid() == 1 else signal.SIG_DFL)


def _end_process(number: int, _frame: FrameType | None) -> None:
    # The exit status that a shell gives a program that a signal ended.
    os._exit(128 + number)
