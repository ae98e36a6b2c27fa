"""A session, and the ``context_id`` that is its secret."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Self

from .base64url import base64url
from .customer import Customer
from .device import Device
from .errors import ForbiddenError, RefusalReason, SessionRefusedError

SECRET_BYTES: Final = 32
"""Random bytes in a ``context_id``: 256 bits, twice as many as OWASP ASVS 5.0, 7.2.3 requires."""

CLOCK_TOLERANCE: Final = timedelta(seconds=30)
"""How far a session's ``issued_at`` may lie in the future, since servers' clocks differ."""

SESSION_ID: Final = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
CONTEXT_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}\.([A-Za-z0-9\-._~]{1,128})", re.ASCII)
_LONGEST_CONTEXT_ID: Final = 43 + 1 + 128


@dataclass(frozen=True, slots=True)
class Session:
    """A session of a customer; also the answer of a session check.

    The session ends at ``expires_at`` if it is not used before. Use moves ``expires_at`` to
    later, up to the maximum lifetime.
    """

    session_id: str
    """Names the session without opening it: part of the SHA-256 of the ``context_id``."""
    customer_id: str
    roles: frozenset[str]
    issued_at: datetime
    expires_at: datetime
    email_verified: bool = False
    """Whether the customer has proven the e-mail address."""
    device: str = field(default="", compare=False)
    """Begins the id of the device of the login; empty where that is not known."""

    def refusal(self, now: datetime, max_lifetime: timedelta) -> RefusalReason | None:
        """The reason why the session is not live at ``now``, or None if it is live.

        This is the only rule for that. A session older than ``max_lifetime`` is EXPIRED, whatever
        its ``expires_at``. A session issued in the future is UNKNOWN, since it may still become
        live; EXPIRED is final.
        """
        issued_at = self.issued_at
        if issued_at > now and issued_at - now > CLOCK_TOLERANCE:
            return RefusalReason.UNKNOWN
        if self.expires_at <= now or issued_at + max_lifetime <= now:
            return RefusalReason.EXPIRED
        return None

    def capped(self, max_lifetime: timedelta) -> "Session":
        """The session, with an ``expires_at`` no later than its maximum lifetime allows."""
        end = self.issued_at + max_lifetime
        return self if self.expires_at <= end else replace(self, expires_at=end)

    def require(self, role: str) -> None:
        """Raise ForbiddenError unless the customer has ``role``."""
        if role not in self.roles:
            raise ForbiddenError(role)


@dataclass(frozen=True, slots=True)
class LiveBounds:
    """The bounds of the sessions that are live at ``now``; the same rule as ``Session.refusal``.

    A store can use the bounds as the condition of a write. A session is live if
    ``expires_at > now`` and ``issued_after < issued_at <= issued_until``.
    """

    now: datetime
    max_lifetime: timedelta

    @property
    def issued_after(self) -> datetime:
        """A session issued at this time or earlier has passed its maximum lifetime."""
        return self.now - self.max_lifetime

    @property
    def issued_until(self) -> datetime:
        """A session issued later than this was issued by a wrong clock."""
        return self.now + CLOCK_TOLERANCE

    def include(self, session: Session) -> bool:
        """Whether ``session`` is live."""
        return session.refusal(self.now, self.max_lifetime) is None


@dataclass(frozen=True, slots=True)
class ContextId:
    """The secret that opens a session: 43 random characters, a dot and the customer's id.

    It contains the customer's id, so one read by primary key answers a session check. A bearer
    token may contain each of its characters (RFC 6750, 2.1). A store keeps only the
    ``session_id``, which does not reveal the secret.
    """

    customer_id: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls, customer_id: str, random: bytes) -> Self:
        """A ``context_id`` from ``SECRET_BYTES`` random bytes."""
        return cls(customer_id, f"{base64url(random)}.{customer_id}")

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read the ``context_id`` that a caller sent, whatever its type.

        Raises:
            SessionRefusedError: ``text`` is None or empty (MISSING), or not of the form
                (MALFORMED).
        """
        if isinstance(text, str) and (match := CONTEXT_ID.fullmatch(text)):
            return cls(match[1], text)
        missing = text is None or text == ""
        raise SessionRefusedError(RefusalReason.MISSING if missing else RefusalReason.MALFORMED)

    @classmethod
    def parse_pair(cls, context_id: object, customer_id: str | None) -> Self:
        """Like ``parse``; ``customer_id``, unless None, must be the customer's id in it.

        Raises:
            SessionRefusedError: it is MISSING or MALFORMED, or another customer's (UNKNOWN).
        """
        claimed = cls.parse(context_id)
        if customer_id is not None and customer_id != claimed.customer_id:
            raise SessionRefusedError(RefusalReason.UNKNOWN)
        return claimed

    @property
    def session_id(self) -> str:
        """The ``digest`` as base64url."""
        return base64url(_digest_of(self.secret))

    @property
    def digest(self) -> bytes:
        """The first 128 bits of the SHA-256."""
        return _digest_of(self.secret)

    def __str__(self) -> str:
        return f"…{self.session_id}"


@dataclass(frozen=True, slots=True)
class LoginResult:
    """A new session and its secret, which no later call returns."""

    context_id: str = field(repr=False)
    session: Session
    device_token: str = field(default="", repr=False)
    """What the next login on the same device presents."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """The trace of a session that ended early."""

    session_id: str
    at: datetime
    """When the session ended, or earlier."""


@dataclass(frozen=True, slots=True)
class CustomerWithSessions:
    """A customer with all stored sessions, also the expired ones, and all revocations."""

    customer: Customer
    sessions: tuple[Session, ...]
    revocations: tuple[Revocation, ...] = ()
    devices: tuple[Device, ...] = ()

    def knows(self, device_id: str) -> bool:
        """Whether the customer has logged in on this device before."""
        return any(compare_digest(device_id, device.device_id) for device in self.devices)


def presented_digest(text: object) -> bytes | None:
    """The ``digest`` of ``text`` if that is a ``context_id``; None if it cannot be one.

    It does not check the form, so it takes less time than ``ContextId.parse``. A cache that holds
    answers to parsed texts only may look an answer up by it: no two texts have one SHA-256.
    """
    if not isinstance(text, str) or len(text) > _LONGEST_CONTEXT_ID or not text.isascii():
        return None
    return _digest_of(text)


def _digest_of(secret: str) -> bytes:
    return sha256(secret.encode("ascii")).digest()[:16]


def session_id_fault(value: object) -> str | None:
    """What is wrong with ``value`` as a ``session_id``, or None if it may be one."""
    if isinstance(value, str) and SESSION_ID.fullmatch(value):
        return None
    return "must be the session_id of a session, as the list of sessions gives it"
