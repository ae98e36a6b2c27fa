"""A token that is sent by e-mail and works once: it proves an address, or resets a password."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Self

from .base64url import base64url
from .email_address import EmailAddress
from .errors import TokenRefusedError

TOKEN_BYTES: Final = 32
"""Random bytes in a token: 256 bits."""

ONE_TIME_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}\.([A-Za-z0-9\-._~]{1,128})", re.ASCII)


class TokenPurpose(StrEnum):
    """What a token does."""

    VERIFY_EMAIL = "email_verification"
    RESET_PASSWORD = "password_reset"  # noqa: S105 (no password)


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """The secret in a link: 43 random characters, a dot and the customer's id.

    It contains the customer's id, so one read by primary key finds the customer. A store keeps
    only its ``token_hash``, which does not reveal the secret.
    """

    customer_id: str
    secret: str = field(repr=False)

    @classmethod
    def new(cls, customer_id: str, random: bytes) -> Self:
        """The token made of ``TOKEN_BYTES`` random bytes."""
        return cls(customer_id, f"{base64url(random)}.{customer_id}")

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read the token that a caller sent, whatever its type.

        Raises:
            TokenRefusedError: ``text`` is not of the form of a token.
        """
        if not isinstance(text, str) or not (match := ONE_TIME_TOKEN.fullmatch(text)):
            raise TokenRefusedError
        return cls(match[1], text)

    @property
    def token_hash(self) -> str:
        """The first 128 bits of the SHA-256, as base64url."""
        return base64url(sha256(self.secret.encode("ascii")).digest()[:16])


@dataclass(frozen=True, slots=True)
class StoredToken:
    """What a store keeps of a token, with its customer."""

    token_hash: str = field(repr=False)
    expires_at: datetime
    address: EmailAddress | None = field(default=None, repr=False)
    """The address that the token proves; None for a token that resets the password."""

    def admits(self, token: OneTimeToken, now: datetime) -> bool:
        """Whether ``token`` is the stored one, and has not expired at ``now``."""
        # Compared first, so that an expired token takes the same time.
        same = compare_digest(self.token_hash, token.token_hash)
        return same and now < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssue:
    """A token to store with its customer, in place of an earlier one of the same purpose."""

    customer_id: str
    purpose: TokenPurpose
    token: StoredToken
    if_email: str | None = field(repr=False)
    """The customer's address that the issue depends on. If it has changed, nothing is stored."""
    if_password_version: int
    """The customer's ``password_version`` that the issue depends on."""
