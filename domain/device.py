"""Devices from which a customer has logged in (OWASP, "Slow Down Online Guessing Attacks with
Device Cookies").
"""

from binascii import b2a_base64
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

DEVICE_BYTES: Final = 32
"""Random bytes in a device token."""

MAX_DEVICES: Final = 8
"""How many devices of a customer are known; the one that was used least recently is forgotten."""

MAX_TOKEN: Final = 128
"""Characters of a device token that a login reads at most."""


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """The secret that makes a device known. It opens nothing: a login needs the password too."""

    secret: str = field(repr=False)

    @classmethod
    def new(cls, random: bytes) -> Self:
        """The token made of ``DEVICE_BYTES`` random bytes."""
        encoded = b2a_base64(random, newline=False).decode("ascii")
        return cls(encoded.rstrip("=").replace("+", "-").replace("/", "_"))

    @property
    def device_id(self) -> str:
        """What a store keeps of it: the first 128 bits of its SHA-256, as base64url."""
        digest = sha256(self.secret.encode()).digest()[:16]
        encoded = b2a_base64(digest, newline=False).decode("ascii")
        return encoded.rstrip("=").replace("+", "-").replace("/", "_")


@dataclass(frozen=True, slots=True)
class Device:
    """A device as stored with its customer."""

    device_id: str
    used_at: datetime
    """When its customer last logged in on it, in whole seconds."""
