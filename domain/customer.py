"""A customer as stored, and a change to one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from .fields import PROFILE


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An e-mail address as its owner wrote it, and the key under which it is unique."""

    address: str
    key: str


FIRST_VERSION_BYTES: Final = 4
"""Random bytes from which a new customer's versions count on.

So nothing that was read of a deleted customer fits another one who is added under the same id:
no late update, no ``If-Match``, no login that verified the other's password.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. ``repr`` shows neither the hash nor anything personal."""

    customer_id: str
    email: str | None = field(default=None, repr=False)
    """As written; only an admin that the settings made has none."""
    email_key: str | None = field(default=None, repr=False)
    """The normalised address that this customer holds for itself alone, or None."""
    fname: str = field(default="", repr=False)
    lname: str = field(default="", repr=False)
    address1: str = field(default="", repr=False)
    address2: str = field(default="", repr=False)
    roles: frozenset[str] = frozenset()
    password_hash: str = field(repr=False)
    password_version: int = 1
    """Grows with each change of the password."""
    version: int = 1
    """Grows with each change of the customer; logins and logouts leave it alone."""
    created_at: datetime
    updated_at: datetime

    @property
    def profile(self) -> dict[str, str]:
        """The fields of ``domain.fields.PROFILE``."""
        return {name: getattr(self, name) for name in PROFILE}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUpdate:
    """A change to one customer: what it names is set, what it leaves out keeps its value.

    A new ``password_hash`` also raises ``password_version`` and ends every session.
    ``updated_at`` becomes the time of the audit record that goes with the change.
    """

    customer_id: str
    if_version: int
    """The change happens only to this version, and makes it one higher."""
    profile: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """New values of fields of ``domain.fields.PROFILE``."""
    email: "EmailChange | None" = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    roles: frozenset[str] | None = None

    @property
    def changes_sessions(self) -> bool:
        """Whether a session check answers otherwise afterwards, so that the feed must tell."""
        return self.password_hash is not None or self.roles is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChange:
    """The new address, the key it takes and the key it gives up (None: no key)."""

    address: str
    key: str | None
    old_key: str | None
