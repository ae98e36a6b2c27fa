"""The rules of a deployment: how long sessions live, what a password must be."""

from dataclasses import dataclass
from datetime import timedelta


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
    """Failed logins that one window admits for one ``customer_id`` or e-mail address."""
    login_window_seconds: int = 900

    @property
    def extend_after(self) -> timedelta:
        """How much of ``idle`` must have passed before a check writes the new expiry.

        A tenth: an active session costs one write in that time, and ends at most this much
        before its idle time is over, never after.
        """
        return self.idle / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What a new password must be (NIST SP 800-63B-4, 3.1.1; OWASP ASVS 5.0, 6.2).

    Characters are counted as code points; nothing is trimmed, folded or normalised.
    """

    min_length: int = 8
    max_length: int = 1024
