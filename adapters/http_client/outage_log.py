"""Tells the log of an outage: once when it begins, once when it ends."""

import logging
from typing import Final

LOGGER: Final = logging.getLogger("cybershop_customer.client")


class OutageLog:
    """Tells of ``what`` each cause of an outage once, however many requests meet it."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._told: frozenset[str] = frozenset()

    def failed(self, why: str) -> None:
        """Note a failure."""
        if why not in self._told:
            self._told |= {why}
            LOGGER.warning("%s failed: %s", self._what, why)

    def worked(self) -> None:
        """Note that all is well."""
        if self._told:
            self._told = frozenset()
            LOGGER.warning("%s works again", self._what)
