"""One-way storage of passwords."""

from abc import abstractmethod
from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords slowly. The time of a comparison reveals nothing.

    The whole password is hashed, exactly as received (OWASP ASVS 5.0, 6.2.8).
    """

    @abstractmethod
    def hash(self, password: str) -> str:
        """A new salted hash of ``password``."""

    @abstractmethod
    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether ``password_hash`` is a hash of ``password``.

        False for None and for a malformed hash. A refusal always takes the time of the configured
        cost, so its time does not reveal whether the customer exists.
        """

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Whether ``password_hash`` has another scheme or a lower cost than ``hash`` uses."""
