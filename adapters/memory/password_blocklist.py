"""A blocklist that is given: for tests and for the demo."""

from collections.abc import Iterable

from ...ports.password_blocklist import PasswordBlocklist

__all__ = ["MemoryPasswordBlocklist"]


class MemoryPasswordBlocklist(PasswordBlocklist):
    """Holds ``passwords``, which may be none."""

    def __init__(self, passwords: Iterable[str] = ()) -> None:
        self._passwords = frozenset(password.casefold() for password in passwords)

    def contains(self, password: str) -> bool:
        return password.casefold() in self._passwords
