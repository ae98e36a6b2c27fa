"""Registrations with an ``Idempotency-Key``, until they expire."""

from datetime import datetime
from itertools import islice
from typing import Final

from ...domain.idempotency_key import KeyedRegistration

_MAX_REMOVED: Final = 1000
"""The most expired registrations that a new one removes, so that it holds the lock only briefly."""


class Registrations:
    """What is kept of each key. What has expired is removed with a later registration."""

    def __init__(self) -> None:
        self._kept: dict[str, KeyedRegistration] = {}
        """By ``key_hash``, in the order of the registrations, which is that of the ends."""

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key_hash: str, now: datetime) -> KeyedRegistration | None:
        """What is kept of the key at ``now``, or None."""
        found = self._kept.get(key_hash)
        return found if found is not None and now < found.expires_at else None

    def add(self, registration: KeyedRegistration, now: datetime) -> None:
        """Keep ``registration``, in place of an expired one. The caller holds the lock."""
        for key_hash, old in list(islice(self._kept.items(), _MAX_REMOVED)):
            if now < old.expires_at:
                break
            del self._kept[key_hash]
        self._kept.pop(registration.key_hash, None)
        self._kept[registration.key_hash] = registration
