"""One attempt, as a throttle counts it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Self

from .base64url import base64url
from .rate_limit import RateLimit
from .session import CLOCK_TOLERANCE


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which budget it is charged to (as a hash), when, and how much that budget admits."""

    key: str
    """The first 128 bits of a SHA-256, as base64url. A store never sees what was typed."""
    at: datetime
    rate_limit: RateLimit

    @classmethod
    def of(cls, identity: str, *, at: datetime, rate_limit: RateLimit) -> Self:
        """The attempt that ``identity`` makes: a text that names one budget, such as ``id:ada``."""
        return cls(attempt_key(identity), at, rate_limit)

    def counted_in(self, full_at: datetime | None) -> datetime | None:
        """When the budget is full again once this attempt is counted, or None if it is refused.

        ``full_at`` is when the budget was to be full again before it; None for a full budget.
        """
        if full_at is None or full_at <= self.at:
            return self.at + self.rate_limit.interval
        if full_at <= self.rate_limit.latest_full_at(self.at):
            return full_at + self.rate_limit.interval
        return None

    def is_beyond(self, full_at: datetime) -> bool:
        """Whether ``full_at`` is later than that of a used up budget.

        Only a wrong clock or a changed setting leaves such a time. The budget then counts as used
        up now, so that it is shut no longer than that.
        """
        return full_at > self.rate_limit.exhausted_at(self.at) + CLOCK_TOLERANCE

    def retry_after(self, full_at: datetime) -> int:
        """Whole seconds until the budget admits an attempt again; at least 1."""
        if self.is_beyond(full_at):
            full_at = self.rate_limit.exhausted_at(self.at)
        return max(1, ceil((full_at - self.rate_limit.latest_full_at(self.at)).total_seconds()))


@dataclass(frozen=True, slots=True)
class Charge:
    """An attempt that was counted."""

    attempt: Attempt
    full_at: datetime
    """When its budget was to be full again after it. From then on it counts no more."""

    def refundable(self, now: datetime) -> timedelta:
        """How far a refund at ``now`` moves the budget's time back; zero if it counts no more.

        It is the part of one interval that has not refilled yet. The budget then admits no more
        than it would without the attempt.
        """
        unfilled = min(self.attempt.rate_limit.interval, self.full_at - now)
        return max(unfilled, timedelta(0))


def attempt_key(identity: str) -> str:
    """The name of a budget in a store."""
    return base64url(sha256(identity.encode()).digest()[:16])
