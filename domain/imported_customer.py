"""A customer as a file of another system gives it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MAX_VERSION: Final = 2**52
"""The largest version to import: JSON numbers are exact up to here (RFC 8259, 6)."""

MAX_ROLES: Final = 64
"""The most roles of one customer in a file, so that the customer fits into one item of a store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCustomer:
    """What a file says of one customer. None stands for what the file leaves out.

    Nothing here is checked yet, except that a value has the type of its field.
    """

    customer_id: str = ""
    email: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    """A hash of this service or of another system, in place of the password."""
    profile: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    roles: frozenset[str] = frozenset()
    version: int | None = None
    password_version: int | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    email_verified: bool = False
    expires_at: datetime | None = None
    """When the customer ends who has not proven the address; see ``Customer.expires_at``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRules:
    """What the operator allows an import to take from a file."""

    allow_roles: bool = False
    """Whether customers get the roles that the file gives them, such as that of admins."""
    allow_weak_hashes: bool = False
    """Whether hashes that cost an attacker nothing are taken, such as salted SHA."""
