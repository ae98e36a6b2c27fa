"""Ends a process that takes too long to stop."""

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Final

SPARE_SECONDS: Final = 5
"""How much longer than ``CUSTOMER_STOP_SECONDS`` a stop may take: to send waiting mail and spans,
and to end threads."""


def end_within(seconds: float, before: Callable[[], object] = lambda: None) -> None:
    """End this process with status 1 in ``seconds``, unless it ends by itself before.

    A stop may wait for ever, for example to write to a log that no one reads. A signal interrupts
    the main thread even there. Only the main thread may call this. It does nothing where the system
    has no timers (Windows).

    Args:
        seconds: from now, more than 0.
        before: is called just before the end. It must not wait and must not log.
    """

    def end(_number: int, _frame: FrameType | None) -> None:
        try:
            before()
        finally:
            os._exit(1)

    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, end)
        signal.setitimer(signal.ITIMER_REAL, seconds)
