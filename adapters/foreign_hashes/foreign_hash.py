"""A hash of another system, read from its text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MAX_LENGTH: Final = 512
"""The most characters of a hash to import. The longest known form has 260."""

MAX_MEMORY: Final = 256 * 2**20
"""The most bytes of memory for one verification: four times the default of argon2-cffi."""

MAX_MEMORY_PASSES: Final = 2**30
"""The most bytes that argon2 or scrypt may fill in all passes together: about a second."""

MAX_ITERATIONS: Final = 5_000_000
"""The most iterations of PBKDF2, about three seconds; five times the default of Django 5.2."""

MAX_BCRYPT_ROUNDS: Final = 16
"""The highest cost of bcrypt, four seconds; the limit of ``CUSTOMER_BCRYPT_ROUNDS`` too."""

WEAK_ITERATIONS: Final = 1_000
"""PBKDF2 with fewer iterations counts as weak (RFC 8018, 4.2)."""


class TooCostlyError(ValueError):
    """The verification would take too much time or memory. The text says what is allowed."""


@dataclass(frozen=True, slots=True)
class ForeignHash:
    """A hash that can be verified, within the bounds above."""

    verifier: Callable[[str], bool]
    """Verifies a password. The comparison takes the same time for each."""
    is_weak: bool = False
    """Whether an attacker can try millions of passwords a second."""

    def verify(self, password: str) -> bool:
        """Whether ``password`` has this hash. No password has one that its library refuses."""
        try:
            return self.verifier(password)
        except ValueError:
            # An earlier version may have imported it. The answer is that of a wrong password.
            return False
