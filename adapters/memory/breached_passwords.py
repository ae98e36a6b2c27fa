"""Breached passwords in memory: for tests, and where a deployment asks no other service."""

from collections.abc import Iterable

from ...ports.breached_passwords import BreachedPasswords


class MemoryBreachedPasswords(BreachedPasswords):
    """Knows ``passwords``, letter by letter, and by default none."""

    def __init__(self, passwords: Iterable[str] = ()) -> None:
        self._passwords = frozenset(passwords)

    def contains(self, password: str) -> bool:
        return password in self._passwords

    def close(self) -> None:
        """Return: there is nothing to close."""
