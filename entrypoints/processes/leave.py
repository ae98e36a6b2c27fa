"""The end of the process, even while other threads still run."""

import logging
import os
import sys
import threading
from time import monotonic
from typing import Final

LOGGER: Final = logging.getLogger("cybershop_customer.start")

_WAIT_SECONDS: Final = 1.0
"""How long the other threads may take to end."""


def leave(status: int) -> int:
    """Return ``status`` if all other threads have ended; otherwise end the process with it.

    If the interpreter shuts down while a thread runs native code (it hashes a password or calls
    the store), the process aborts. The interpreter also waits for each thread that is no daemon.
    """
    deadline = monotonic() + _WAIT_SECONDS
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    for thread in others:
        thread.join(max(0.0, deadline - monotonic()))
    running = sorted(thread.name for thread in others if thread.is_alive())
    if not running:
        return status
    LOGGER.warning("the process ends while these threads still run: %s", ", ".join(running))
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
