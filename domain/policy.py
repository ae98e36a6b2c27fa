"""The rules of a deployment: how long sessions live, what a password must be."""

from dataclasses import dataclass
from datetime import timedelta

from .rate_limit import RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """How long sessions live, how many one customer has, how often a login may be tried.

    ``idle`` and ``max_lifetime`` are OWASP ASVS 5.0, 7.3.1 and 7.3.2. The throttle (6.3.1) is far
    below the 100 consecutive failures of NIST SP 800-63B-4, 3.2.2.
    """

    idle: timedelta = timedelta(minutes=30)
    max_lifetime: timedelta = timedelta(hours=12)
    extends: bool = True
    """Whether a check may write the new end of a session that is in use."""
    max_sessions: int = 16
    """Live sessions of one customer; the oldest ends when another is opened."""
    login_attempts: int = 20
    """Failed logins that any one window admits for a ``customer_id``, an address or a device."""
    login_window_seconds: int = 900

    @property
    def login_rate_limit(self) -> RateLimit:
        """How often a login may fail under one name, or on one device."""
        return RateLimit(self.login_attempts, timedelta(seconds=self.login_window_seconds))

    @property
    def extend_after(self) -> timedelta:
        """How much of ``idle`` must have passed before a check writes the new expiry.

        A tenth: an active session costs one write in that time, and ends at most this much
        before its idle time is over, never after.
        """
        return self.idle / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """How often one source may fail to log in, and register customers; None for no limit.

    A source is an IPv4 address or the /64 network of an IPv6 address (OWASP ASVS 5.0, 2.4.1 and
    6.3.1).
    """

    failures: RateLimit | None = RateLimit(100, timedelta(minutes=15))
    registrations: RateLimit | None = RateLimit(1000, timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What a new password must be (NIST SP 800-63B-4, 3.1.1; OWASP ASVS 5.0, 6.2).

    Characters are counted as code points; nothing is trimmed, folded or normalised.
    """

    min_length: int = 8
    max_length: int = 1024
