"""Logs when the service becomes ready, when it is not and why, and when it is ready again."""

import logging
from threading import Lock
from typing import Final

LOGGER: Final = logging.getLogger("cybershop_customer.start")

_NOT_KNOWN: Final = "not known"
_READY: Final = ""


class ReadinessLog:
    """One line for each change in a process, however often and by how many threads it is noted."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._reason = _NOT_KNOWN
        self._was_ready = False

    def note_ready(self) -> None:
        """Note that the service can serve."""
        if self._reason == _READY:
            return  # Probes come every few seconds.
        with self._lock:
            if self._reason == _READY:
                return
            self._reason = _READY
            again, self._was_ready = self._was_ready, True
        if again:
            LOGGER.info("ready again")
        else:
            LOGGER.info("ready")

    def note_not_ready(self, reason: str) -> None:
        """Note that it cannot, because of ``reason``, which is not empty."""
        with self._lock:
            if self._reason == reason:
                return
            self._reason = reason
        LOGGER.warning("not ready: %s", reason)
