"""The password and e-mail ports of the fake session checker, which needs neither."""

from typing import Final

from ...domain.email_address import EmailAddress
from ...ports.email_syntax import EmailSyntax
from ...ports.password_hash_formats import PasswordHashFormats
from ...ports.password_hasher import PasswordHasher

UNUSABLE_HASH: Final = "!"
"""Marks a customer without a password. No other hasher accepts it as a hash."""


class NoPasswords(PasswordHasher, PasswordHashFormats):
    """Accepts every password of a customer marked with ``UNUSABLE_HASH``, and no other password."""

    def hash(self, password: str) -> str:  # noqa: ARG002 (there is no hash)
        return UNUSABLE_HASH

    def verify(self, password: str, password_hash: str | None) -> bool:  # noqa: ARG002
        return password_hash == UNUSABLE_HASH

    def needs_rehash(self, password_hash: str) -> bool:
        return password_hash != UNUSABLE_HASH

    def fault(self, password_hash: str, *, allow_weak: bool = False) -> str:  # noqa: ARG002
        return "is no hash of a customer here"


class NoAddresses(EmailSyntax):
    """Accepts no text as an e-mail address."""

    def parse(self, text: str) -> EmailAddress:  # noqa: ARG002 (none will do)
        raise ValueError("is not used here")
