"""A customer as stored, and a change to a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .fields import PROFILE

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
    roles: frozenset[str] = frozenset()
    password_hash: str = field(repr=False)
    password_version: int = 1
    """Grows with each change of the password."""
    version: int = 1
    """Grows with each change of the customer, but not with logins and logouts."""
    created_at: datetime
    updated_at: datetime

    @property
    def profile(self) -> dict[str, str]:
        """The value of each field in ``domain.fields.PROFILE``."""
        return {name: getattr(self, name) for name in PROFILE}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUpdate:
    """A change to one customer. A field that is None or left out keeps its stored value.

    A new ``password_hash`` also raises ``password_version`` and ends every session.
    ``updated_at`` becomes the time of the change's audit record.
    """

    customer_id: str
    if_version: int
    """The version that the change applies to. The change raises it by one."""
    profile: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """New values of fields in ``domain.fields.PROFILE``."""
    email: "EmailChange | None" = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    roles: frozenset[str] | None = None
    reset_budgets: tuple[str, ...] = ()
    """The keys of the login budgets that the change makes full (``domain.attempt.attempt_key``)."""

    @property
    def changes_sessions(self) -> bool:
        """Whether the answer of a session check changes, so that the store must publish it."""
        return self.password_hash is not None or self.roles is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChange:
    """A customer's new address, the email key to reserve and the one to release.

    The address is None where the customer is to have none. A key is None where no key is held.
    """

    address: str | None
    key: str | None
    old_key: str | None
