"""bcrypt over a keyed pre-hash, so that a password of any length counts in full.

bcrypt itself reads 72 bytes. So the password first goes through HMAC-SHA-256 with the salt as
the key (which makes a stolen table of plain SHA-256 hashes useless against it), and bcrypt
hashes the 44 characters of its base64. The stored form is the one that passlib calls
``bcrypt_sha256`` version 2: ``$bcrypt-sha256$v=2,t=2b,r=<rounds>$<salt>$<digest>``.
"""

import re
from base64 import b64encode
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

import bcrypt

from ...ports.password_hasher import PasswordHasher

__all__ = ["BcryptPasswordHasher"]

_HASH: Final = re.compile(
    r"(?:\$bcrypt-sha256\$v=2,t=2b,r=(?P<our_rounds>[4-9]|[12]\d|3[01])\$"
    r"|\$2[aby]\$(?P<plain_rounds>0[4-9]|[12]\d|3[01])\$)"
    r"(?P<salt>[./A-Za-z0-9]{21}[.Oeu])(?(our_rounds)\$)(?P<digest>[./A-Za-z0-9]{31})",
    re.ASCII,
)
_BCRYPT_BYTES: Final = 72


class BcryptPasswordHasher(PasswordHasher):
    """Hashes with 2**rounds turns of bcrypt; 12 is about a quarter of a second.

    It also verifies what other systems stored: plain ``$2a$``, ``$2b$`` and ``$2y$`` hashes,
    of which only the first 72 bytes of the password count, as they did there.

    Args:
        rounds: log2 of the cost, 4 to 31. OWASP asks for at least 10.
    """

    def __init__(self, rounds: int = 12) -> None:
        self._rounds = rounds

    def hash(self, password: str) -> str:
        salt = bcrypt.gensalt(self._rounds)[-22:].decode("ascii")
        return (
            f"$bcrypt-sha256$v=2,t=2b,r={self._rounds}${salt}${_ours(password, self._rounds, salt)}"
        )

    def verify(self, password: str, password_hash: str | None) -> bool:
        stored = _HASH.fullmatch(password_hash or "")
        if stored is None:
            _spend(self._rounds)
            return False
        if stored["our_rounds"]:
            spent = int(stored["our_rounds"])
            found = _ours(password, spent, stored["salt"])
        else:
            spent = int(stored["plain_rounds"])
            found = _bcrypt(password.encode()[:_BCRYPT_BYTES], spent, stored["salt"])
        if compare_digest(found, stored["digest"]):
            return True
        # A hash of an older, lower cost must not be told by a quicker refusal: each turn
        # doubles what was spent so far, up to 2**rounds.
        for rounds in range(spent, self._rounds):
            _spend(rounds)
        return False

    def needs_rehash(self, password_hash: str) -> bool:
        stored = _HASH.fullmatch(password_hash)
        return stored is None or int(stored["our_rounds"] or 0) < self._rounds


def _ours(password: str, rounds: int, salt: str) -> str:
    keyed = hmac_digest(salt.encode("ascii"), password.encode(), sha256)
    return _bcrypt(b64encode(keyed), rounds, salt)


def _bcrypt(secret: bytes, rounds: int, salt: str) -> str:
    """The 31 characters of the digest."""
    return bcrypt.hashpw(secret, f"$2b${rounds:02}${salt}".encode("ascii"))[-31:].decode("ascii")


def _spend(rounds: int) -> None:
    """Take as long as a comparison at this cost does."""
    bcrypt.hashpw(b"", bcrypt.gensalt(rounds))
