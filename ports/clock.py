"""The time."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Knows the current time."""

    @abstractmethod
    def now(self) -> datetime:
        """The current time, aware, in UTC.

        Raises:
            StoreUnavailableError: this clock asks the store, and the store does not answer.
            StoreFaultError: this clock asks the store, and the store refuses.
        """
