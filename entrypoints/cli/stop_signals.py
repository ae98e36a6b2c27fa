"""What SIGTERM and Ctrl-C do while nothing is to be finished."""

import os
import signal
from types import FrameType


def end_at_once_on(*numbers: signal.Signals) -> None:
    """Let each of these signals end the process at once.

    For most processes that is what the system does by itself. For the first process of a container
    Linux ignores a signal without a handler (pid_namespaces(7)), so it gets one.
    """
    for number in numbers:
        signal.signal(number, _leave if os.getpid() == 1 else signal.SIG_DFL)


def _leave(number: int, _frame: FrameType | None) -> None:
    # As a shell reports a program that a signal ended.
    os._exit(128 + number)
