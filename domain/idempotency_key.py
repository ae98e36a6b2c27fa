"""The key of a registration that may be sent again (draft-ietf-httpapi-idempotency-key-header)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import digest
from typing import Final
from uuid import UUID

from .base64url import base64url

KEY_LIFETIME: Final = timedelta(days=1)
"""How long a store keeps what it needs to answer a registration again."""

IDEMPOTENCY_KEY: Final = re.compile(r"[A-Za-z0-9\-._~:+/=]{20,128}", re.ASCII)
_HASH_BYTES: Final = 16
_VERSION: Final = 0x8 << 76
_VARIANT: Final = 0b10 << 62
_FREE_BITS: Final = ~(0xF << 76) & ~(0b11 << 62)


def idempotency_key_fault(value: object) -> str | None:
    """The rule that ``value`` breaks as an ``Idempotency-Key``, or None if it breaks none.

    A UUID, base64 and base64url have the right form. 20 characters have room for 120 random bits.
    """
    if not isinstance(value, str):
        return "must be a string"
    if not IDEMPOTENCY_KEY.fullmatch(value):
        return "must have 20 to 128 characters, each a letter, a digit or one of - . _ ~ : + / ="
    return None


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key without a fault. It is a secret of the caller, who makes it at random.

    A store keeps only values that are derived from it by HMAC-SHA256. No one can compute the key,
    or the fields of the request, from them.
    """

    secret: str = field(repr=False)

    @property
    def key_hash(self) -> str:
        """The name of the key in a store: 128 bits as base64url."""
        return base64url(self._derive("name")[:_HASH_BYTES])

    @property
    def customer_id(self) -> str:
        """The id of a customer who is added with this key and chooses none (UUID, RFC 9562, 5.8).

        It is the same at each repetition, and no one who does not know the key can predict it.
        """
        raw = int.from_bytes(self._derive("customer_id")[:16])
        return str(UUID(int=raw & _FREE_BITS | _VERSION | _VARIANT))

    def fingerprint(self, fields: Mapping[str, str]) -> str:
        """128 bits of the request, as base64url. The password must not be among ``fields``.

        Names and addresses are easy to guess. The key is part of the computation, so a reader of
        the store cannot find them by trying.
        """
        content = json.dumps(dict(fields), sort_keys=True)
        return base64url(self._derive("request", content)[:_HASH_BYTES])

    def _derive(self, purpose: str, content: str = "") -> bytes:
        return digest(self.secret.encode("ascii"), f"{purpose}\n{content}".encode(), "sha256")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRegistration:
    """What a store keeps of a registration with an ``Idempotency-Key``. It has nothing personal."""

    key_hash: str
    fingerprint: str
    customer_id: str
    version: int
    """The first version of the customer."""
    created_at: datetime
    """When the customer was added. It tells the customer from a later one with the same id."""
    expires_at: datetime
    """When the store may forget this. From then on it counts as absent."""
