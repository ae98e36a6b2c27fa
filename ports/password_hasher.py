"""One-way storage of passwords."""

from abc import abstractmethod
from typing import Protocol


class PasswordHasher(Protocol):
    """Hashes passwords slowly, and compares them in time that tells nothing.

    Every character of a password counts, exactly as received (OWASP ASVS 5.0, 6.2.8).
    """

    @abstractmethod
    def hash(self, password: str) -> str:
        """A new salted hash of ``password``."""

    @abstractmethod
    def verify(self, password: str, password_hash: str | None) -> bool:
        """Whether ``password`` is the one behind ``password_hash``.

        False for None and for a hash that cannot be read. A refusal always takes as long as
        the configured cost says, so that its time does not tell whether a customer exists.
        """

    @abstractmethod
    def needs_rehash(self, password_hash: str) -> bool:
        """Whether ``password_hash`` is of another scheme or a lower cost than ``hash`` makes."""
