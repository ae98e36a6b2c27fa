"""scrypt (RFC 7914) in the forms of passlib, Werkzeug and Django, verified by OpenSSL."""

import re
from hashlib import scrypt
from hmac import compare_digest
from typing import Final

from .encodings import decoded
from .foreign_hash import MAX_MEMORY, MAX_MEMORY_PASSES, ForeignHash, TooCostlyError

_PASSLIB: Final = re.compile(
    r"\$scrypt\$ln=(?P<log2>\d{1,2}),r=(?P<r>\d{1,4}),p=(?P<p>\d{1,4})"
    r"\$(?P<salt>[A-Za-z0-9+/]*)\$(?P<key>[A-Za-z0-9+/]+)",
    re.ASCII,
)
_WERKZEUG: Final = re.compile(
    r"scrypt:(?P<n>\d{1,10}):(?P<r>\d{1,4}):(?P<p>\d{1,4})"
    r"\$(?P<salt>[^$]+)\$(?P<key>(?:[0-9a-f]{2})+)",
    re.ASCII,
)
_DJANGO: Final = re.compile(
    r"scrypt\$(?P<n>\d{1,10})\$(?P<salt>[^$]+)\$(?P<r>\d{1,4})\$(?P<p>\d{1,4})"
    r"\$(?P<key>[A-Za-z0-9+/=]+)",
    re.ASCII,
)
_KEY_BYTES: Final = range(16, 65)
_SPARE_MEMORY: Final = 2**20
"""What OpenSSL needs beside the table of scrypt."""


def read_scrypt(text: str) -> ForeignHash | None:
    """The hash, or None if ``text`` has another form.

    Raises:
        TooCostlyError: it takes too much memory or time.
        ValueError: it is malformed.
    """
    if found := _PASSLIB.fullmatch(text):
        # Two digits: far beyond the memory that is allowed, but no number of a million digits.
        turns = 2 ** int(found["log2"])
        salt, key = decoded(found["salt"]), decoded(found["key"])
    elif found := _WERKZEUG.fullmatch(text):
        turns, salt, key = int(found["n"]), found["salt"].encode(), bytes.fromhex(found["key"])
    elif found := _DJANGO.fullmatch(text):
        turns, salt, key = int(found["n"]), found["salt"].encode(), decoded(found["key"])
    else:
        return None
    return _hash(turns, int(found["r"]), int(found["p"]), salt, key)


def _hash(turns: int, block: int, lanes: int, salt: bytes, key: bytes) -> ForeignHash:
    # As OpenSSL counts it.
    memory = 128 * block * (turns + 2 + lanes)
    if memory > MAX_MEMORY:
        raise TooCostlyError(f"must take at most {MAX_MEMORY // 2**20} MiB of memory")
    if 128 * block * turns * lanes > MAX_MEMORY_PASSES:
        raise TooCostlyError(f"must fill at most {MAX_MEMORY_PASSES // 2**20} MiB in all")
    # RFC 7914, 6: a power of two, and less than 2 ** (16 * block).
    is_possible = 1 < turns < 2 ** (16 * min(block, 4)) and not turns & (turns - 1)
    if not is_possible or not block or not lanes or len(key) not in _KEY_BYTES:
        raise ValueError("malformed")

    def verify(password: str) -> bool:
        made = scrypt(
            password.encode(),
            salt=salt,
            n=turns,
            r=block,
            p=lanes,
            maxmem=memory + _SPARE_MEMORY,
            dklen=len(key),
        )
        return compare_digest(made, key)

    return ForeignHash(verify)
