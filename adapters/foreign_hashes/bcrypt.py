"""bcrypt in the forms of other systems, verified by the hasher of this service.

Django writes ``bcrypt$`` before a hash. Its ``bcrypt_sha256$`` is the bcrypt of the hexadecimal
SHA-256 of the password.
"""

import re
from hashlib import sha256
from typing import Final

from ...ports.password_hasher import PasswordHasher
from .foreign_hash import MAX_BCRYPT_ROUNDS, ForeignHash, TooCostlyError

_FORM: Final = re.compile(
    r"(?P<django>bcrypt\$|bcrypt_sha256\$|)"
    r"(?P<hash>\$2[aby]\$(?P<rounds>0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31})",
    re.ASCII,
)


def read_bcrypt(text: str, hasher: PasswordHasher) -> ForeignHash | None:
    """The hash, or None if ``text`` has another form.

    Raises:
        TooCostlyError: its cost is too high.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    if int(found["rounds"]) > MAX_BCRYPT_ROUNDS:
        raise TooCostlyError(f"must have a cost of at most {MAX_BCRYPT_ROUNDS}")
    stored, is_hashed_before = found["hash"], found["django"] == "bcrypt_sha256$"

    def verify(password: str) -> bool:
        if is_hashed_before:
            password = sha256(password.encode()).hexdigest()
        return hasher.verify(password, stored)

    return ForeignHash(verify)
