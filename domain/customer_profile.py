"""A customer as the client shows it, without secrets."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from .customer import Customer


@dataclass(frozen=True, slots=True)
class AddedCustomer:
    """A customer who was just added."""

    customer_id: str
    version: int
    """The version for ``if_version``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerProfile:
    """What the customer and admins may see. ``repr`` shows nothing personal."""

    customer_id: str
    email: str | None = field(repr=False)
    """The address as written. Only an admin that the settings create has none."""
    email_verified: bool
    """Whether the customer has proven to receive mail at ``email``."""
    fname: str = field(default="", repr=False)
    lname: str = field(default="", repr=False)
    address1: str = field(default="", repr=False)
    address2: str = field(default="", repr=False)
    locale: str = field(default="", repr=False)
    """The preferred language of messages (BCP 47), or empty."""
    roles: frozenset[str]
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with each change of the customer; for ``if_version``."""

    @classmethod
    def of(cls, customer: Customer) -> Self:
        """The profile of a stored ``customer``."""
        return cls(
            customer_id=customer.customer_id,
            email=customer.email,
            email_verified=customer.email_verified,
            roles=customer.roles,
            created_at=customer.created_at,
            updated_at=customer.updated_at,
            version=customer.version,
            **customer.profile,
        )
