"""The ways in which hashes write bytes."""

from base64 import b64decode
from binascii import Error


def decoded(text: str) -> bytes:
    """The bytes of base64 with or without padding; passlib writes a dot for the plus sign.

    Raises:
        ValueError: ``text`` is no base64.
    """
    plain = text.rstrip("=").replace(".", "+")
    try:
        return b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except Error as error:
        raise ValueError("no base64") from error
