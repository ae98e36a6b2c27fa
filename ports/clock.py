"""The time."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """The present moment, aware, in UTC.

        Raises:
            StoreUnavailableError: this clock has to ask the store, which does not answer.
            StoreFaultError: likewise, and the store refuses to answer.
        """
