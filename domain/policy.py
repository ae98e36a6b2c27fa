"""The rules of one deployment: for sessions, sources, passwords, ids and accounts."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .rate_limit import RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPolicy:
    """How long sessions live, how many a customer may have, and how often a login may fail.

    ``idle`` and ``max_lifetime`` follow OWASP ASVS 5.0, 7.3.1 and 7.3.2. The login throttle
    follows 6.3.1; its limit is far below the 100 failures in a row of NIST SP 800-63B-4, 3.2.2.
    """

    idle: timedelta = timedelta(minutes=30)
    max_lifetime: timedelta = timedelta(hours=12)
    extends: bool = True
    """Whether a session check may write the new expiry of a session in use."""
    max_sessions: int = 16
    """The most live sessions of one customer. A login beyond it evicts the oldest session."""
    login_attempts: int = 20
    """Failed logins that any one window admits for a ``customer_id``, an address or a device."""
    login_window_seconds: int = 900

    @property
    def login_rate_limit(self) -> RateLimit:
        """How often a login may fail under one name, or on one device."""
        return RateLimit(self.login_attempts, timedelta(seconds=self.login_window_seconds))

    @property
    def extend_after(self) -> timedelta:
        """How much of ``idle`` must pass before a session check writes the new expiry.

        It is a tenth of ``idle``. A session in use costs one write in this time. It may expire
        before its idle time is over, by at most this time, but never later.
        """
        return self.idle / 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """How often one source may fail to log in, register, and ask for mail; None for no limit.

    A source is an IPv4 address or the /64 network of an IPv6 address (OWASP ASVS 5.0, 2.4.1 and
    6.3.1).
    """

    failures: RateLimit | None = field(
        default_factory=lambda: RateLimit(100, timedelta(minutes=15))
    )
    registrations: RateLimit | None = field(
        default_factory=lambda: RateLimit(1000, timedelta(hours=1))
    )
    mails: RateLimit | None = field(default_factory=lambda: RateLimit(100, timedelta(hours=1)))
    """How often one source may ask for a mail with a link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What a new password must be (NIST SP 800-63B-4, 3.1.1; OWASP ASVS 5.0, 6.2).

    The length counts code points. A password is never trimmed, folded or normalised before it is
    hashed.
    """

    min_length: int = 8
    max_length: int = 1024
    refuse_guessable: bool = True
    """Whether common passwords, words about the customer and the shop, repetitions and sequences
    are refused."""
    context_words: tuple[str, ...] = ("cybershop", "customer", "shop")
    """The shop's own words, such as its name and those of its products (OWASP ASVS 5.0, 6.1.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdPolicy:
    """Whether the id of a deleted customer may be given to a new one.

    Orders and audit records know the former owner by the id. So no one else gets it while the
    records are kept, unless ``reuse`` allows it at once.
    """

    reuse: bool = False
    retention: timedelta = timedelta(days=400)
    """How long audit records are kept, and with them the ids of deleted customers."""

    def kept_until(self, deleted_at: datetime) -> datetime | None:
        """When the id of a customer who was deleted then is free again; None for at once."""
        return None if self.reuse else deleted_at + self.retention


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountPolicy:
    """The rules of what customers do for themselves."""

    email_verification: bool = False
    """Whether an address must be proven before it belongs to a customer."""
    verification_lifetime: timedelta = timedelta(days=1)
    """How long the link in a mail proves an address."""
    reset_lifetime: timedelta = timedelta(minutes=30)
    """How long the link in a mail sets a new password (OWASP ASVS 5.0, 6.4.1)."""
    unproven_lifetime: timedelta = timedelta(days=7)
    """How long a customer lives who neither proves the address nor logs in."""
    recent_login: timedelta = timedelta(minutes=5)
    """How old a login may be for a sensitive operation (OWASP ASVS 5.0, 7.5.1)."""
    mails: RateLimit = field(default_factory=lambda: RateLimit(5, timedelta(hours=1)))
    """How often a mail with a link may be asked for under one id or address, and how many links of
    one kind are mailed to one address."""
    email_changes: RateLimit = field(default_factory=lambda: RateLimit(5, timedelta(hours=1)))
    """How often a customer may ask for another address."""
    notices: RateLimit = field(default_factory=lambda: RateLimit(1, timedelta(days=1)))
    """How often a customer is told that someone uses the address."""
    exports: RateLimit = field(default_factory=lambda: RateLimit(5, timedelta(hours=1)))
    """How often a customer may export the own data."""
