"""The counter of login attempts by name and by device."""

from abc import abstractmethod
from collections.abc import Collection
from typing import Protocol

from ..domain.audit import AuditRecord
from .throttle import Throttle


class LoginThrottle(Throttle, Protocol):
    """Counts login attempts in the store, for all processes of the service together."""

    @abstractmethod
    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        """Make the budgets of these ``keys`` full, and keep ``record`` of it: both or neither."""
