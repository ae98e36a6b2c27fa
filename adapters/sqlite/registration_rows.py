"""Registrations with an ``Idempotency-Key`` as rows."""

import sqlite3
from datetime import datetime
from typing import Any, Final

from ...domain.epoch_time import from_microseconds, microseconds
from ...domain.errors import IdempotencyKeyReusedError
from ...domain.idempotency_key import KeyedRegistration

FIND_REGISTRATION: Final = (
    "SELECT fingerprint, customer_id, version, created_at, expires_at FROM registration"
    " WHERE key_hash = ? AND expires_at > ?"
)
"""Its values are the key's hash and the present."""


def registration_from_row(key_hash: str, row: tuple[Any, ...]) -> KeyedRegistration:
    """The registration in a row of ``FIND_REGISTRATION``."""
    fingerprint, customer_id, version, created_at, expires_at = row
    return KeyedRegistration(
        key_hash=key_hash,
        fingerprint=fingerprint,
        customer_id=customer_id,
        version=version,
        created_at=from_microseconds(created_at),
        expires_at=from_microseconds(expires_at),
    )


def add_registration(
    connection: sqlite3.Connection, registration: KeyedRegistration, now: datetime
) -> None:
    """Store ``registration``, in place of one that has expired.

    Raises:
        IdempotencyKeyReusedError: another one is kept under its key.
    """
    kept = (registration.key_hash, microseconds(now))
    if connection.execute(FIND_REGISTRATION, kept).fetchone() is not None:
        raise IdempotencyKeyReusedError
    connection.execute(
        "INSERT OR REPLACE INTO registration VALUES (?, ?, ?, ?, ?, ?)",
        (
            registration.key_hash,
            registration.fingerprint,
            registration.customer_id,
            registration.version,
            microseconds(registration.created_at),
            microseconds(registration.expires_at),
        ),
    )
