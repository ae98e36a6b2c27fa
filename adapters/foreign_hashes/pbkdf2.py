"""PBKDF2 (RFC 8018) in the forms of Django, passlib and Werkzeug, verified by OpenSSL."""

import re
from hashlib import pbkdf2_hmac
from hmac import compare_digest
from typing import Final

from .encodings import decoded
from .foreign_hash import MAX_ITERATIONS, WEAK_ITERATIONS, ForeignHash, TooCostlyError

_DJANGO: Final = re.compile(
    r"pbkdf2_(?P<digest>sha1|sha256)\$(?P<turns>\d{1,9})\$(?P<salt>[^$]+)\$(?P<key>[A-Za-z0-9+/=]+)",
    re.ASCII,
)
_PASSLIB: Final = re.compile(
    r"\$pbkdf2(?P<digest>|-sha256|-sha512)\$(?P<turns>\d{1,9})"
    r"\$(?P<salt>[A-Za-z0-9./]*)\$(?P<key>[A-Za-z0-9./]+)",
    re.ASCII,
)
_WERKZEUG: Final = re.compile(
    r"pbkdf2:(?P<digest>sha1|sha256|sha512):(?P<turns>\d{1,9})"
    r"\$(?P<salt>[^$]+)\$(?P<key>(?:[0-9a-f]{2})+)",
    re.ASCII,
)

_BYTES: Final = {"sha1": 20, "sha256": 32, "sha512": 64}


def read_pbkdf2(text: str) -> ForeignHash | None:
    """The hash, or None if ``text`` has another form.

    Raises:
        TooCostlyError: it has too many iterations.
        ValueError: it is malformed.
    """
    if found := _DJANGO.fullmatch(text):
        salt, key = found["salt"].encode(), decoded(found["key"])
    elif found := _PASSLIB.fullmatch(text):
        salt, key = decoded(found["salt"]), decoded(found["key"])
    elif found := _WERKZEUG.fullmatch(text):
        salt, key = found["salt"].encode(), bytes.fromhex(found["key"])
    else:
        return None
    return _hash(found["digest"].removeprefix("-") or "sha1", int(found["turns"]), salt, key)


def _hash(digest: str, turns: int, salt: bytes, key: bytes) -> ForeignHash:
    if turns > MAX_ITERATIONS:
        raise TooCostlyError(f"must have at most {MAX_ITERATIONS} iterations")
    if turns < 1 or len(key) != _BYTES[digest]:
        # A short key matches many passwords; a long one takes a multiple of the time.
        raise ValueError("malformed")

    def verify(password: str) -> bool:
        made = pbkdf2_hmac(digest, password.encode(), salt, turns, len(key))
        return compare_digest(made, key)

    return ForeignHash(verify, is_weak=turns < WEAK_ITERATIONS)
