"""Reads a hash of any supported form."""

from ...ports.password_hasher import PasswordHasher
from .argon2 import read_argon2
from .bcrypt import read_bcrypt
from .foreign_hash import MAX_LENGTH, ForeignHash
from .pbkdf2 import read_pbkdf2
from .salted_sha import read_salted_sha
from .scrypt import read_scrypt


def read_foreign_hash(text: str, hasher: PasswordHasher) -> ForeignHash | None:
    """The hash, or None if its form is not supported. ``hasher`` verifies bcrypt.

    Raises:
        TooCostlyError: its verification would take too much time or memory.
        ValueError: it is malformed.
        MissingExtraError: the extra that verifies it is not installed.
    """
    if len(text) > MAX_LENGTH or not text.isascii():
        return None
    return (
        read_bcrypt(text, hasher)
        or read_argon2(text)
        or read_pbkdf2(text)
        or read_scrypt(text)
        or read_salted_sha(text)
    )
