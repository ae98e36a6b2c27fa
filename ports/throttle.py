"""The counter of attempts."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ..domain.attempt import Attempt


class Throttle(Protocol):
    """Counts attempts, never past a limit, however many callers charge it at once.

    Every method raises StoreUnavailableError when the store does not answer.
    """

    @abstractmethod
    def charge(self, attempt: Attempt) -> int:
        """Count ``attempt`` and return 0.

        A used up budget counts nothing. The answer is then the number of seconds after which it
        admits an attempt again, at least 1.
        """

    @abstractmethod
    def refund(self, attempt: Attempt, now: datetime) -> None:
        """Take a rightful ``attempt`` back, if it still counts at ``now``."""
