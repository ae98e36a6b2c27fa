"""Argon2i and Argon2id (RFC 9106), verified by argon2-cffi."""

import re
from functools import cache
from typing import Final

from ..extras import MissingExtraError, require_package, requires_extra
from .encodings import decoded
from .foreign_hash import MAX_MEMORY, MAX_MEMORY_PASSES, ForeignHash, TooCostlyError

# Django writes "argon2" before it.
_FORM: Final = re.compile(
    r"(?:argon2)?(?P<hash>\$argon2(?:i|id)(?:\$v=(?:16|19))?"
    r"\$m=(?P<kib>\d{1,10}),t=(?P<passes>\d{1,10}),p=(?P<lanes>\d{1,8})"
    r"\$(?P<salt>[A-Za-z0-9+/]+)\$(?P<key>[A-Za-z0-9+/]+))",
    re.ASCII,
)
_SALT_BYTES: Final = range(8, 65)
_KEY_BYTES: Final = range(16, 65)
_MAX_LANES: Final = 64
_MAX_LANES_PASSES: Final = 1024
"""The most lanes of all passes together. argon2 starts four threads for each, so that a hash of
little memory could otherwise take minutes. A default of any library has 16 at most."""


@cache
def _require_argon2() -> None:
    """Look for argon2-cffi until it is found. Each look takes longer than all of ``read_argon2``.

    Raises:
        MissingExtraError: it is not installed.
    """
    with requires_extra("foreign-hashes"):
        require_package("argon2")


def missing_argon2() -> MissingExtraError | None:
    """What is missing to verify Argon2, with what to install; None if nothing is."""
    try:
        _require_argon2()
    except MissingExtraError as error:
        return error
    return None


def read_argon2(text: str) -> ForeignHash | None:
    """The hash, or None if ``text`` has another form.

    Raises:
        TooCostlyError: it takes too much memory or time.
        ValueError: it is malformed.
        MissingExtraError: the extra ``foreign-hashes`` is not installed.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    memory, passes, lanes = int(found["kib"]) * 1024, int(found["passes"]), int(found["lanes"])
    if memory > MAX_MEMORY:
        raise TooCostlyError(f"must take at most {MAX_MEMORY // 2**20} MiB of memory")
    if memory * passes > MAX_MEMORY_PASSES:
        raise TooCostlyError(f"must fill at most {MAX_MEMORY_PASSES // 2**20} MiB in all")
    if lanes * passes > _MAX_LANES_PASSES:
        raise TooCostlyError(f"must have at most {_MAX_LANES_PASSES} lanes times passes")
    # RFC 9106, 3.1: eight KiB for each lane.
    is_complete = 1 <= lanes <= _MAX_LANES and passes >= 1 and memory >= 8 * 1024 * lanes
    salt, key = decoded(found["salt"]), decoded(found["key"])
    if not is_complete or len(salt) not in _SALT_BYTES or len(key) not in _KEY_BYTES:
        raise ValueError("malformed")
    _require_argon2()
    stored = found["hash"]

    def verify(password: str) -> bool:
        # The first such login loads it; a service without such hashes never does.
        from argon2 import PasswordHasher  # noqa: PLC0415
        from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415

        try:
            return PasswordHasher().verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False

    return ForeignHash(verify)
