"""Salted SHA of Django, Werkzeug and LDAP. It is weak: a login should replace it soon."""

import re
from hashlib import new
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

from .encodings import decoded
from .foreign_hash import ForeignHash

_DOLLARS: Final = re.compile(
    r"(?P<digest>sha1|sha256|sha512)\$(?P<salt>[^$]+)\$(?P<key>[0-9a-f]+)", re.ASCII
)
_LDAP: Final = re.compile(r"\{SSHA(?P<bits>|256|512)\}(?P<key>[A-Za-z0-9+/]+={0,2})", re.ASCII)
_BYTES: Final = {"sha1": 20, "sha256": 32, "sha512": 64}


def read_salted_sha(text: str) -> ForeignHash | None:
    """The hash, or None if ``text`` has another form.

    Raises:
        ValueError: it is malformed.
    """
    if found := _DOLLARS.fullmatch(text):
        key = bytes.fromhex(found["key"])
        return _hash(found["digest"], found["salt"].encode(), key, salt_first=True)
    if found := _LDAP.fullmatch(text):
        name = f"sha{found['bits'] or 1}"
        both = decoded(found["key"])
        key, salt = both[: _BYTES[name]], both[_BYTES[name] :]
        if not salt:
            raise ValueError("no salt")
        return _hash(name, salt, key, salt_first=False)
    return None


def _hash(name: str, salt: bytes, key: bytes, *, salt_first: bool) -> ForeignHash:
    if len(key) != _BYTES[name]:
        raise ValueError("malformed")

    def verify(password: str) -> bool:
        secret = password.encode()
        if not salt_first:
            return compare_digest(new(name, secret + salt).digest(), key)
        # Django hashes the salt and the password; Werkzeug up to 2.2 took the salt as an HMAC key.
        # The texts look the same.
        plain = compare_digest(new(name, salt + secret).digest(), key)
        keyed = compare_digest(hmac_digest(salt, secret, name), key)
        return plain or keyed

    return ForeignHash(verify, is_weak=True)
