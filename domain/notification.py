"""What the service tells a customer by e-mail."""

from dataclasses import dataclass, field
from enum import StrEnum

from .one_time_token import OneTimeToken


class NotificationKind(StrEnum):
    """The occasion of a notification; also the name of its template."""

    VERIFY_EMAIL = "verify_email"
    """A link that proves the address."""
    EMAIL_IN_USE = "email_in_use"
    """Someone tried to register with, or to change to, this customer's address."""
    EMAIL_CHANGED = "email_changed"
    """The account has another address now. It is sent to the former one."""
    RESET_PASSWORD = "reset_password"  # noqa: S105 (no password)
    """A link that sets a new password."""
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (no password)
    """The account has another password now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One message to one address. ``repr`` shows neither the address nor the token."""

    kind: NotificationKind
    customer_id: str
    address: str = field(repr=False)
    """Where it is sent, as the customer wrote it."""
    locale: str = ""
    """The customer's preferred language (BCP 47), or empty for the shop's default."""
    token: OneTimeToken | None = field(default=None, repr=False)
    """The token of the link; None for a message without a link."""
    minutes: int = 0
    """How long the link works."""
