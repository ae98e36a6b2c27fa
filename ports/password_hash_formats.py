"""The forms of password hashes that a deployment can verify."""

from abc import abstractmethod
from typing import Protocol


class PasswordHashFormats(Protocol):
    """Judges the password hashes of other systems before they are stored."""

    @abstractmethod
    def fault(self, password_hash: str, *, allow_weak: bool = False) -> str | None:
        """Why ``password_hash`` cannot be imported, or None if the hasher can verify it.

        The text has nothing of the hash. A hash whose verification takes too much time or memory
        is refused, since each login would take it. A weak one is quick to guess, such as salted
        SHA; it is refused unless ``allow_weak``.
        """
