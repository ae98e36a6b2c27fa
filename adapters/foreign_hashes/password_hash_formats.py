"""Which hashes an import may take."""

import re
from typing import Final

from ...ports.password_hash_formats import PasswordHashFormats
from ...ports.password_hasher import PasswordHasher
from ..extras import MissingExtraError
from .foreign_hash import MAX_BCRYPT_ROUNDS, TooCostlyError
from .reading import read_foreign_hash

_OWN: Final = re.compile(
    r"\$bcrypt-sha256\$v=2,t=2b,r=([4-9]|[12]\d|3[01])"
    r"\$[./A-Za-z0-9]{21}[.Oeu]\$[./A-Za-z0-9]{31}",
    re.ASCII,
)
_UNKNOWN: Final = (
    "is no hash that can be verified: docs/import.md lists the forms. Leave it out, and let the"
    " customer set a new password"
)


class KnownPasswordHashFormats(PasswordHashFormats):
    """The hashes of this service, and those that ``ForeignPasswordHasher`` verifies.

    Args:
        hasher: the hasher of this service.
    """

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher

    def fault(self, password_hash: str, *, allow_weak: bool = False) -> str | None:
        if own := _OWN.fullmatch(password_hash):
            is_slow = int(own[1]) > MAX_BCRYPT_ROUNDS
            return f"must have a cost of at most {MAX_BCRYPT_ROUNDS}" if is_slow else None
        try:
            found = read_foreign_hash(password_hash, self._hasher)
        except (TooCostlyError, MissingExtraError) as error:
            return str(error)
        except ValueError:
            return "is malformed"
        if found is None:
            return _UNKNOWN
        if found.is_weak and not allow_weak:
            return "is weak, quick to guess: --allow-weak-hashes takes it"
        return None
