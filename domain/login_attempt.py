"""One attempt to log in, as the throttle counts it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil
from typing import Self

from .session import base64url


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """Whom it names (as a hash), in which window of time, and how many that window admits."""

    key: str
    window_ends_at: datetime
    limit: int
    window_seconds: int = 24 * 60 * 60
    """How long the window is: a store must keep its count for that time at least."""

    @classmethod
    def at(cls, now: datetime, *, identity: str, limit: int, window_seconds: int) -> Self:
        """The attempt to log in as ``identity`` at ``now``."""
        window = int(now.timestamp()) // window_seconds + 1
        ends_at = datetime.fromtimestamp(window * window_seconds, UTC)
        return cls(
            base64url(sha256(identity.encode()).digest()[:16]), ends_at, limit, window_seconds
        )

    def retry_after(self, now: datetime) -> int:
        """Whole seconds until the window ends; at least 1."""
        return max(1, ceil((self.window_ends_at - now).total_seconds()))
