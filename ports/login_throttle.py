"""The counter of login attempts by name and by device."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final, Protocol

from ..domain.audit import AuditRecord
from .throttle import Throttle

MAX_RESET: Final = 9
"""How many budgets one call resets. Some stores take 10 writes in a transaction."""


class LoginThrottle(Throttle, Protocol):
    """Counts login attempts in the store, for all processes of the service together."""

    @abstractmethod
    def read(self, keys: Collection[str]) -> Mapping[str, datetime]:
        """When each of these budgets is full again. Counts nothing, and changes nothing.

        A budget that was never charged is missing. One that is full may be missing, or have a
        time that has passed.
        """

    @abstractmethod
    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        """Make the budgets of these ``keys`` full, and keep ``record`` of it: both or neither.

        There are at most ``MAX_RESET`` keys. A budget that is full stays full.
        """
