"""Customers who need no password: for the fake session check alone."""

from typing import Final

from ...domain.customer import EmailAddress
from ...ports.email_syntax import EmailSyntax
from ...ports.password_hasher import PasswordHasher

UNUSABLE_HASH: Final = "!"
"""Marks a customer without a password; no other hasher takes it for anybody's."""


class NoPasswords(PasswordHasher):
    """Lets in, whatever the password, who is marked with ``UNUSABLE_HASH``, and nobody else."""

    def hash(self, password: str) -> str:  # noqa: ARG002 (there are none)
        return UNUSABLE_HASH

    def verify(self, password: str, password_hash: str | None) -> bool:  # noqa: ARG002
        return password_hash == UNUSABLE_HASH

    def needs_rehash(self, password_hash: str) -> bool:
        return password_hash != UNUSABLE_HASH


class NoAddresses(EmailSyntax):
    """Takes no text for an e-mail address."""

    def parse(self, text: str) -> EmailAddress:  # noqa: ARG002 (none will do)
        raise ValueError("is not used here")
