"""Passwords that are known from data breaches."""

from abc import abstractmethod
from typing import Protocol


class BreachedPasswords(Protocol):
    """Knows passwords that a breach has made public (OWASP ASVS 5.0, 6.2.12)."""

    @abstractmethod
    def contains(self, password: str) -> bool:
        """Whether ``password`` is known from a breach.

        It is False, too, if that cannot be found out now: no one is kept from registering because
        another service is down. The adapter logs why, without the password or a hash of it.

        This may ask another service and take seconds, so the caller holds no place in the hashing
        lane and no lock.
        """

    @abstractmethod
    def close(self) -> None:
        """Close this process's connections. The port must not be used afterwards."""
