"""Randomness for secrets and identifiers."""

from abc import abstractmethod
from typing import Protocol


class RandomSource(Protocol):
    """Makes bytes that no attacker can guess."""

    @abstractmethod
    def token_bytes(self, count: int) -> bytes:
        """``count`` bytes from a cryptographically secure generator."""
