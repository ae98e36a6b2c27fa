"""Calls functions at the end of a process that ``multiprocessing`` started.

Such a process ends without the functions of ``atexit``. A worker of granian is one.
"""

import sys
from collections.abc import Callable
from typing import Final

LAST: Final = -100
"""The priority of what the other functions need, such as the log."""


def call_at_end_of_child(
    function: Callable[..., object], *arguments: object, priority: int = 0
) -> None:
    """Call ``function`` at the end of this process, if ``multiprocessing`` started it.

    Functions of a higher ``priority`` are called earlier. In any other process this does nothing:
    ``atexit`` serves there.
    """
    # Loaded in each such process. No first call may import anything: another thread may fork.
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        finalize_class = sys.modules["multiprocessing.util"].Finalize
        finalize_class(None, function, arguments, exitpriority=priority)
