"""Ends the process, whatever its threads are doing."""

import logging
import os
import sys
import threading
from time import monotonic
from typing import Final

LOGGER: Final = logging.getLogger("cybershop_customer.start")

_SECONDS: Final = 1.0


def leave(status: int) -> int:
    """Return ``status`` if no other thread runs any more; otherwise end the process with it.

    While the interpreter ends, a thread in native code (a password being hashed, a call of the
    store) aborts the process, and one that is no daemon thread keeps it from ending.
    """
    deadline = monotonic() + _SECONDS
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
