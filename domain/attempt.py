"""One attempt, as a throttle counts it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
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

    @property
    def full_at(self) -> datetime:
        """When a fresh budget is full again after this attempt."""
        return self.at + self.rate_limit.interval

    def counted_in(self, full_at: datetime | None) -> datetime | None:
        """When the budget is full again once this attempt is counted, or None if it is refused.

        ``full_at`` is when the budget was to be full again before it; None for a fresh budget.
        """
        if full_at is None or full_at <= self.at:
            return self.full_at
        if full_at <= self.rate_limit.latest_full_at(self.at):
            return full_at + self.rate_limit.interval
        return None

    def retry_after(self, full_at: datetime) -> int:
        """Whole seconds after which the budget admits one again; at least 1."""
        return self.rate_limit.retry_after(self.at, min(full_at, self.exhausted_at))

    @property
    def exhausted_at(self) -> datetime:
        """When a budget is full again that was used up at the time of this attempt."""
        return self.at + self.rate_limit.burst * self.rate_limit.interval

    def is_beyond(self, full_at: datetime) -> bool:
        """Whether ``full_at`` is later than a budget that is used up can be.

        A clock that was wrong, or a setting that has changed, leaves such a time. The budget then
        counts as used up now, so that it is not shut for longer.
        """
        return full_at > self.exhausted_at + CLOCK_TOLERANCE

    def refunded(self, full_at: datetime, now: datetime) -> datetime | None:
        """When the budget is full again without this attempt, or None if it no longer counts."""
        if now >= self.full_at or full_at <= now:
            return None
        return full_at - self.rate_limit.interval

    @property
    def counts_for(self) -> timedelta:
        """How long a store must keep the budget after this attempt."""
        return self.exhausted_at - self.at + CLOCK_TOLERANCE


def attempt_key(identity: str) -> str:
    """The name of a budget in a store."""
    return base64url(sha256(identity.encode()).digest()[:16])
