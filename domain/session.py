"""A session, and the ``context_id`` that is its secret."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Self

from .base64url import base64url
from .customer import Customer
from .device import Device, DeviceToken
from .errors import ForbiddenError, RefusalReason, SessionRefusedError

SECRET_BYTES: Final = 32
"""Random bytes in a ``context_id``: 256 bits, twice what OWASP ASVS 5.0, 7.2.3 asks for."""

CLOCK_TOLERANCE: Final = timedelta(seconds=30)
"""How far two servers' clocks may differ: a session issued later than this is not live yet."""

_CONTEXT_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}\.([A-Za-z0-9\-._~]{1,128})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """A live session: whose it is, what they may do, since when and until when.

    This is the answer of a session check. ``expires_at`` is when it ends if it is not used
    again; it moves with use, up to the longest life of a session.
    """

    session_id: str
    """Names the session without opening it: part of the SHA-256 of its ``context_id``."""
    customer_id: str
    roles: frozenset[str]
    issued_at: datetime
    expires_at: datetime

    def refusal(self, now: datetime, max_lifetime: timedelta) -> RefusalReason | None:
        """Why the session is not live at ``now``, or None if it is. This is the one rule.

        ``max_lifetime`` is how long a session lives at most, whatever its ``expires_at`` says.
        A session issued in the future is UNKNOWN: by this clock it has not been issued, and it
        may become live when the clock has moved on. EXPIRED is final.
        """
        issued_at = self.issued_at
        if issued_at > now and issued_at - now > CLOCK_TOLERANCE:
            return RefusalReason.UNKNOWN
        if self.expires_at <= now or issued_at + max_lifetime <= now:
            return RefusalReason.EXPIRED
        return None

    def capped(self, max_lifetime: timedelta) -> "Session":
        """The session, which ends no later than ``max_lifetime`` after it was issued."""
        end = self.issued_at + max_lifetime
        return self if self.expires_at <= end else replace(self, expires_at=end)

    def require(self, role: str) -> None:
        """Raise ForbiddenError unless the customer has ``role``."""
        if role not in self.roles:
            raise ForbiddenError(role)


@dataclass(frozen=True, slots=True)
class LiveBounds:
    """Which sessions are live at one moment, for what looks at many, or lets a store look.

    A store can make it the condition of a write: a session is live if ``expires_at > now`` and
    ``issued_after < issued_at <= issued_until``. That is ``Session.refusal`` in other words.
    """

    now: datetime
    max_lifetime: timedelta

    @property
    def issued_after(self) -> datetime:
        """What was issued then or earlier is too old, whatever its ``expires_at`` says."""
        return self.now - self.max_lifetime

    @property
    def issued_until(self) -> datetime:
        """What was issued later was issued by a clock that was wrong."""
        return self.now + CLOCK_TOLERANCE

    def include(self, session: Session) -> bool:
        """Whether ``session`` is live."""
        return session.refusal(self.now, self.max_lifetime) is None


@dataclass(frozen=True, slots=True)
class ContextId:
    """The secret that opens a session: 43 random characters, a dot, the customer's id.

    It names its customer, so that one read by primary key answers a session check. Every
    character is allowed in a bearer token (RFC 6750, 2.1). Stores keep ``session_id`` alone,
    from which the secret cannot be found.
    """

    customer_id: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls, customer_id: str, random: bytes) -> Self:
        """The ``context_id`` made of ``SECRET_BYTES`` random bytes."""
        return cls(customer_id, f"{base64url(random)}.{customer_id}")

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read what a caller sent, whatever it is.

        Raises:
            SessionRefusedError: there is nothing (MISSING), or not of the form (MALFORMED).
        """
        if text is None or text == "":
            raise SessionRefusedError(RefusalReason.MISSING)
        if not isinstance(text, str) or not (match := _CONTEXT_ID.fullmatch(text)):
            raise SessionRefusedError(RefusalReason.MALFORMED)
        return cls(match[1], text)

    @classmethod
    def parse_pair(cls, context_id: object, customer_id: str | None) -> Self:
        """Likewise, where ``customer_id``, unless None, must be whose it is.

        Raises:
            SessionRefusedError: MISSING or MALFORMED, or another customer's (UNKNOWN).
        """
        claimed = cls.parse(context_id)
        if customer_id is not None and customer_id != claimed.customer_id:
            raise SessionRefusedError(RefusalReason.UNKNOWN)
        return claimed

    @property
    def session_id(self) -> str:
        """The first 128 bits of the SHA-256, as base64url."""
        return base64url(sha256(self.secret.encode("ascii")).digest()[:16])

    def __str__(self) -> str:
        return f"…{self.session_id}"


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A session just opened, and its secret, which is told this once."""

    context_id: str = field(repr=False)
    session: Session
    device_token: str = field(default="", repr=False)
    """What the next login on the same device presents."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """The trace of a session that was ended before its time."""

    session_id: str
    at: datetime
    """When it ended, or earlier."""


@dataclass(frozen=True, slots=True)
class CustomerWithSessions:
    """A customer, every session stored with it (the expired ones included), and its revocations."""

    customer: Customer
    sessions: tuple[Session, ...]
    revocations: tuple[Revocation, ...] = ()
    devices: tuple[Device, ...] = ()

    def knows(self, token: DeviceToken) -> bool:
        """Whether the customer has logged in on the device of ``token`` before."""
        device_id = token.device_id
        return any(compare_digest(device_id, device.device_id) for device in self.devices)
