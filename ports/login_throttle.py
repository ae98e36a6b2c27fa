"""The counter of login attempts."""

from abc import abstractmethod
from typing import Protocol

from ..domain.login_attempt import LoginAttempt


class LoginThrottle(Protocol):
    """Counts attempts, never past a limit, however many come at once."""

    @abstractmethod
    def charge(self, attempt: LoginAttempt) -> bool:
        """Count ``attempt`` and return True; at the limit, count nothing and return False."""

    @abstractmethod
    def refund(self, attempt: LoginAttempt) -> None:
        """Take back one charge, since the attempt turned out to be rightful."""
