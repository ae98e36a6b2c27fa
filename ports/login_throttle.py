"""The login throttle."""

from abc import abstractmethod
from typing import Protocol

from ..domain.login_attempt import LoginAttempt


class LoginThrottle(Protocol):
    """Counts login attempts. Concurrent attempts never exceed the limit."""

    @abstractmethod
    def charge(self, attempt: LoginAttempt) -> bool:
        """Count ``attempt`` and return True; at the limit, count nothing and return False."""

    @abstractmethod
    def refund(self, attempt: LoginAttempt) -> None:
        """Take back one charge, since the login succeeded."""
