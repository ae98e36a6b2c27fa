"""The counter of attempts."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ..domain.attempt import Attempt, Charge


class Throttle(Protocol):
    """Counts attempts, never past a limit, however many callers charge it at once.

    Every method raises StoreUnavailableError when the store does not answer.
    """

    @abstractmethod
    def charge(self, attempt: Attempt) -> Charge:
        """Count ``attempt``.

        Raises:
            TooManyAttemptsError: the budget is used up, and nothing was counted. The error says
                when the budget admits an attempt again.
        """

    @abstractmethod
    def refund(self, charge: Charge, now: datetime) -> None:
        """Take a rightful attempt back, if it still counts at ``now``."""
