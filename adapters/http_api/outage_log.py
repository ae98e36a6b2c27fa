"""Logs an outage: when it begins, and when it ends."""

import logging
from typing import Final

LOGGER: Final = logging.getLogger("cybershop_customer.client")

MAX_CAUSES: Final = 20
"""The most causes of one outage that are logged. A server may give a new cause in each answer."""


class OutageLog:
    """Logs each cause of an outage once, however many requests fail, up to ``MAX_CAUSES``.

    ``operation`` names what fails, such as "the session check at http://127.0.0.1:30000".
    """

    def __init__(self, operation: str) -> None:
        self._operation = operation
        self._logged: frozenset[str] = frozenset()

    def failed(self, cause: str) -> None:
        """Note a failure."""
        if cause not in self._logged and len(self._logged) < MAX_CAUSES:
            self._logged |= {cause}
            LOGGER.warning("%s failed: %s", self._operation, cause)

    def worked(self) -> None:
        """Note a success, which ends the outage."""
        if self._logged:
            self._logged = frozenset()
            LOGGER.warning("%s works again", self._operation)
