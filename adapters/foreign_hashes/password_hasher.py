"""Verifies hashes of other systems, until a login replaces them."""

import logging
from typing import Final

from ...ports.password_hasher import PasswordHasher
from ..extras import MissingExtraError
from .bcrypt import read_bcrypt
from .foreign_hash import ForeignHash
from .reading import read_foreign_hash

__all__ = ["ForeignPasswordHasher"]

LOGGER: Final = logging.getLogger("cybershop_customer.hashing")


class ForeignPasswordHasher(PasswordHasher):
    """Makes hashes of ``own`` and verifies those too; and verifies the hashes of other systems.

    The verification of a foreign hash takes its own time, and a refusal takes that of ``own``
    besides. A login with the right password takes as long, since it makes the new hash.

    Args:
        own: the hasher whose hashes are stored.
        own_prefix: how its hashes begin.
    """

    def __init__(self, own: PasswordHasher, *, own_prefix: str) -> None:
        self._own = own
        self._own_prefix = own_prefix

    def hash(self, password: str) -> str:
        return self._own.hash(password)

    def verify(self, password: str, password_hash: str | None) -> bool:
        if password_hash is None or password_hash.startswith(self._own_prefix):
            return self._own.verify(password, password_hash)
        foreign = self._read(password_hash)
        if foreign is not None and foreign.verify(password):
            return True
        if foreign is None or read_bcrypt(password_hash, self._own) is None:
            # bcrypt is verified by ``own``, which takes its whole time already.
            self._own.verify(password, None)
        return False

    def needs_rehash(self, password_hash: str) -> bool:
        return self._own.needs_rehash(password_hash)

    def _read(self, password_hash: str) -> ForeignHash | None:
        """The hash, or None if it cannot be verified here."""
        try:
            return read_foreign_hash(password_hash, self._own)
        except MissingExtraError as error:
            LOGGER.error("a customer cannot log in: %s", error)  # noqa: TRY400 (the text says all)
        except ValueError:
            # No import lets such a hash in.
            pass
        return None
