"""Devices on which a customer has logged in before.

See OWASP, "Slow Down Online Guessing Attacks with Device Cookies".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from operator import attrgetter
from typing import Final, Self

from .base64url import base64url

DEVICE_BYTES: Final = 32
"""Random bytes in a device token."""

MAX_DEVICES: Final = 8
"""How many devices of a customer are known; the one that was used least recently is forgotten."""

MAX_STORED_DEVICES: Final = 16
"""The most devices that logins at the same moment may leave. The next login leaves ``MAX_DEVICES``.

Logins on new devices need not wait for each other in order to keep ``MAX_DEVICES`` exactly.
"""

DEVICE_REF_LENGTH: Final = 6
"""How many characters of a device's id a session keeps: enough to tell one customer's devices."""

DEVICE_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DeviceToken:
    """The secret that makes a device known. It opens nothing: a login needs the password too."""

    secret: str = field(repr=False)

    @classmethod
    def new(cls, random: bytes) -> Self:
        """The token made of ``DEVICE_BYTES`` random bytes."""
        return cls(base64url(random))

    @property
    def device_id(self) -> str:
        """What a store keeps of it: the first 128 bits of its SHA-256, as base64url."""
        return base64url(sha256(self.secret.encode()).digest()[:16])


@dataclass(frozen=True, slots=True)
class Device:
    """A device as stored with its customer."""

    device_id: str
    used_at: datetime
    """When its customer last logged in on it, in whole seconds."""

    @property
    def ref(self) -> str:
        """What the sessions of this device keep of its id."""
        return device_ref(self.device_id)


@dataclass(frozen=True, slots=True)
class DeviceUse:
    """How a login changes the known devices of its customer."""

    device: Device
    """The device on which the customer logs in. It becomes the newest."""
    first: bool = False
    """Whether no device was known before."""
    forgotten: tuple[str, ...] = ()
    """The ids of the devices that are removed, since there are too many."""

    @property
    def most_before(self) -> int:
        """How many devices may be known before, so that ``MAX_STORED_DEVICES`` remain at most."""
        return MAX_STORED_DEVICES - 1 + len(self.forgotten)

    def was_planned_for(self, known: int) -> bool:
        """Whether this was planned for a customer with devices, or without, as ``known`` has."""
        return known == 0 if self.first else 0 < known <= self.most_before


def plan_device_use(known: Iterable[Device], device: Device) -> DeviceUse:
    """The use of ``device`` by a customer whose devices are ``known``."""
    by_use = sorted(known, key=attrgetter("used_at", "device_id"))
    others = [other.device_id for other in by_use if other.device_id != device.device_id]
    return DeviceUse(
        device,
        first=not by_use,
        forgotten=tuple(others[: max(0, len(others) - (MAX_DEVICES - 1))]),
    )


def device_token_fault(value: object) -> str | None:
    """What is wrong with ``value`` as a device token, or None if it may be one."""
    if not isinstance(value, str):
        return "must be a string"
    if not DEVICE_TOKEN.fullmatch(value):
        return "must have 1 to 128 characters, each a letter, a digit, - or _"
    return None


def device_ref(device_id: str) -> str:
    """The beginning of ``device_id``, which a session keeps. It opens nothing."""
    return device_id[:DEVICE_REF_LENGTH]
