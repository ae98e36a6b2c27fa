"""Passwords that are too common to be safe."""

from abc import abstractmethod
from typing import Protocol


class PasswordBlocklist(Protocol):
    """Knows the passwords that attackers try first (OWASP ASVS 5.0, 6.2.4)."""

    @abstractmethod
    def contains(self, password: str) -> bool:
        """Whether ``password`` is on the list, in any letter case."""
