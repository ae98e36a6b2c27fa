"""A session, and the ``context_id`` that is its secret."""

import re
from binascii import b2a_base64
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final, Self

from .customer import Customer
from .errors import ForbiddenError, RefusalReason, SessionRefusedError

SECRET_BYTES: Final = 32
"""Random bytes in a ``context_id``: 256 bits, twice what OWASP ASVS 5.0, 7.2.3 asks for."""

_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_CONTEXT_ID: Final = re.compile(r"[A-Za-z0-9_-]{43}\.([A-Za-z0-9\-._~]{1,128})", re.ASCII)


def base64url(raw: bytes) -> str:
    """RFC 4648, section 5, without padding."""
    # As base64.urlsafe_b64encode does it, in half the time: each session check needs it.
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


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

    def require(self, role: str) -> None:
        """Raise ForbiddenError unless the customer has ``role``."""
        if role not in self.roles:
            raise ForbiddenError(role)


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


@dataclass(frozen=True, slots=True)
class Revocation:
    """The trace of a session that was ended before its time."""

    session_id: str
    at: datetime
    """When it ended, or earlier."""


@dataclass(frozen=True, slots=True)
class Account:
    """A customer, every session stored with it (the expired ones included), and its revocations."""

    customer: Customer
    sessions: tuple[Session, ...]
    revocations: tuple[Revocation, ...] = ()
