"""One attempt to log in, as the login throttle counts it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil
from typing import Self

from .session import base64url


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """One attempt to log in under one name, in one window of time."""

    key: str
    """A hash of the name: of the ``customer_id`` or the email key."""
    window_ends_at: datetime
    limit: int
    """How many attempts the window admits for one name."""
    window_seconds: int = 24 * 60 * 60
    """The length of the window. A store keeps the count at least this long."""

    @classmethod
    def at(cls, now: datetime, *, identity: str, limit: int, window_seconds: int) -> Self:
        """The attempt to log in as ``identity`` at ``now``."""
        window = int(now.timestamp()) // window_seconds + 1
        ends_at = datetime.fromtimestamp(window * window_seconds, UTC)
        return cls(
            base64url(sha256(identity.encode()).digest()[:16]), ends_at, limit, window_seconds
        )

    def retry_after(self, now: datetime) -> int:
        """The whole seconds until the window ends, at least 1."""
        return max(1, ceil((self.window_ends_at - now).total_seconds()))
