"""The encoding of random values and hashes."""

from binascii import b2a_base64
from typing import Final

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def base64url(raw: bytes) -> str:
    """RFC 4648, section 5, without padding."""
    # As base64.urlsafe_b64encode does it, in half the time: each session check needs it.
    return b2a_base64(raw).translate(_URL_SAFE, b"=\n").decode("ascii")
