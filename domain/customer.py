"""A customer as stored."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .fields import PROFILE
from .one_time_token import StoredToken, TokenPurpose

FIRST_VERSION_BYTES: Final = 4
"""How many random bytes make the first version of a new customer.

A random start keeps a deleted customer apart from a new one with the same id: a late update, an
``If-Match`` or a login that began before the deletion does not fit the new customer's version.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. ``repr`` shows neither the hash nor anything personal."""

    customer_id: str
    email: str | None = field(default=None, repr=False)
    """The address as written. Only an admin that the settings create has none."""
    email_key: str | None = field(default=None, repr=False)
    """The email key that is reserved for this customer, or None."""
    fname: str = field(default="", repr=False)
    lname: str = field(default="", repr=False)
    address1: str = field(default="", repr=False)
    address2: str = field(default="", repr=False)
    locale: str = field(default="", repr=False)
    """The preferred language of messages (BCP 47), or empty."""
    roles: frozenset[str] = frozenset()
    password_hash: str = field(repr=False)
    password_version: int = 1
    """Grows with each change of the password."""
    version: int = 1
    """Grows with each change of the customer, but not with logins and logouts."""
    created_at: datetime
    updated_at: datetime
    email_verified: bool = False
    """Whether the customer has proven to receive mail at ``email``; ``email_key`` is held then."""
    expires_at: datetime | None = None
    """When the customer ends, unless a login or an update takes this away before.

    Only a customer who has neither logged in nor proven the address has it. Such a customer holds
    no ``email_key``."""
    email_verification: StoredToken | None = field(default=None, repr=False)
    """The newest token that proves an address."""
    password_reset: StoredToken | None = field(default=None, repr=False)
    """The newest token that sets a new password."""

    def exists_at(self, now: datetime) -> bool:
        """Whether the customer has not ended at ``now``. A customer who has counts as absent."""
        return self.expires_at is None or now < self.expires_at

    def token(self, purpose: TokenPurpose) -> StoredToken | None:
        """The newest token of ``purpose``, or None if there is none."""
        if purpose is TokenPurpose.VERIFY_EMAIL:
            return self.email_verification
        return self.password_reset

    @property
    def profile(self) -> dict[str, str]:
        """The value of each field in ``domain.fields.PROFILE``."""
        return {name: getattr(self, name) for name in PROFILE}
