"""A blocklist in memory, for tests, for the demo and for a list of your own."""

from collections.abc import Iterable

from ...ports.password_blocklist import PasswordBlocklist

__all__ = ["MemoryPasswordBlocklist"]


class MemoryPasswordBlocklist(PasswordBlocklist):
    """Refuses ``passwords``, and none if the list is empty."""

    def __init__(self, passwords: Iterable[str] = ()) -> None:
        self._passwords = frozenset(password.casefold() for password in passwords)

    def contains(self, password: str) -> bool:
        return password.casefold() in self._passwords
