"""bcrypt over a keyed pre-hash, so that every character of a password counts.

bcrypt reads only 72 bytes. So the password first goes through HMAC-SHA-256, with the salt as the
key. The key makes stolen SHA-256 hashes of another service useless here. bcrypt then hashes the 44
characters of the result's base64.

The stored form is passlib's ``bcrypt_sha256`` version 2:
``$bcrypt-sha256$v=2,t=2b,r=<rounds>$<salt>$<digest>``.
"""

import re
from base64 import b64encode
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

from ...ports.password_hasher import PasswordHasher
from ..extras import requires_extra

with requires_extra("service"):
    import bcrypt

__all__ = ["BcryptPasswordHasher"]

PREFIX: Final = "$bcrypt-sha256$"
"""How each hash that is made here begins."""

_HASH: Final = re.compile(
    r"(?:\$bcrypt-sha256\$v=2,t=2b,r=(?P<prehashed_rounds>[4-9]|[12]\d|3[01])\$"
    r"|\$2[aby]\$(?P<plain_rounds>0[4-9]|[12]\d|3[01])\$)"
    r"(?P<salt>[./A-Za-z0-9]{21}[.Oeu])(?(prehashed_rounds)\$)(?P<digest>[./A-Za-z0-9]{31})",
    re.ASCII,
)
_BCRYPT_BYTES: Final = 72


class BcryptPasswordHasher(PasswordHasher):
    """Hashes with 2**rounds turns of bcrypt. 12 rounds take about a quarter of a second.

    It also verifies the plain ``$2a$``, ``$2b$`` and ``$2y$`` hashes of other systems. They cover
    only the first 72 bytes of a password.

    Args:
        rounds: log2 of the cost, 4 to 31. OWASP requires at least 10.
    """

    def __init__(self, rounds: int = 12) -> None:
        self._rounds = rounds
        self._decoy = f"$bcrypt-sha256$v=2,t=2b,r={rounds}${'.' * 22}${'.' * 31}"

    def hash(self, password: str) -> str:
        salt = bcrypt.gensalt(self._rounds)[-22:].decode("ascii")
        digest = _prehashed_digest(password, self._rounds, salt)
        return f"$bcrypt-sha256$v=2,t=2b,r={self._rounds}${salt}${digest}"

    def verify(self, password: str, password_hash: str | None) -> bool:
        stored = _HASH.fullmatch(password_hash or "")
        if stored is None:
            # The same work as with a hash, to the microsecond. No password has the decoy.
            self.verify(password, self._decoy)
            return False
        if stored["prehashed_rounds"]:
            stored_rounds = int(stored["prehashed_rounds"])
            digest = _prehashed_digest(password, stored_rounds, stored["salt"])
        else:
            stored_rounds = int(stored["plain_rounds"])
            first_bytes = password.encode()[:_BCRYPT_BYTES]
            digest = _bcrypt_digest(first_bytes, stored_rounds, stored["salt"])
        if compare_digest(digest, stored["digest"]):
            return True
        # A quicker refusal would reveal a hash of a lower cost. Each turn of this loop doubles the
        # time spent so far, up to 2**rounds.
        for rounds in range(stored_rounds, self._rounds):
            _spend(rounds)
        return False

    def needs_rehash(self, password_hash: str) -> bool:
        stored = _HASH.fullmatch(password_hash)
        return stored is None or int(stored["prehashed_rounds"] or 0) < self._rounds


def _prehashed_digest(password: str, rounds: int, salt: str) -> str:
    keyed = hmac_digest(salt.encode("ascii"), password.encode(), sha256)
    return _bcrypt_digest(b64encode(keyed), rounds, salt)


def _bcrypt_digest(secret: bytes, rounds: int, salt: str) -> str:
    """The digest, 31 characters."""
    return bcrypt.hashpw(secret, f"$2b${rounds:02}${salt}".encode("ascii"))[-31:].decode("ascii")


def _spend(rounds: int) -> None:
    """Spend the time of one verification at this cost."""
    bcrypt.hashpw(b"", bcrypt.gensalt(rounds))
