"""A change to a customer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from .customer import Customer
from .device import Device
from .one_time_token import TokenPurpose
from .session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailChange:
    """A customer's new address, the email key to reserve and the one to release.

    The address is None where the customer is to have none. A key is None where no key is held.
    """

    address: str | None
    key: str | None
    old_key: str | None


@dataclass(frozen=True, slots=True)
class TokenCondition:
    """A one-time token that an update uses up."""

    purpose: TokenPurpose
    token_hash: str = field(repr=False)

    def is_met_by(self, customer: Customer) -> bool:
        """Whether the token is still the newest of its purpose."""
        stored = customer.token(self.purpose)
        return stored is not None and stored.token_hash == self.token_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerUpdate:
    """A change to one customer. A field that is None or left out keeps its stored value.

    A new ``password_hash`` also raises ``password_version``, ends every session and forgets every
    device. A new password or a new address voids both one-time tokens. Any update takes away the
    ``expires_at`` of the customer. ``updated_at`` becomes the time of the change's audit record.
    """

    customer_id: str
    if_version: int
    """The version that the change applies to. The change raises it by one."""
    profile: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """New values of fields in ``domain.fields.PROFILE``."""
    email: EmailChange | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)
    roles: frozenset[str] | None = None
    email_verified: bool | None = None
    """Whether the address is proven from now on. A value is published, since session checks return
    it. None leaves it to ``proves_email``, and publishes nothing."""
    ends_sessions: bool = False
    """Whether every session ends, also without a new password."""
    session: Session | None = None
    """The session that is open afterwards, beside no other; only with a ``password_hash``."""
    device: Device | None = None
    """The device that is known afterwards, beside no other; only with a ``password_hash``."""
    if_token: TokenCondition | None = None
    """The token that must still be the newest of its purpose."""
    reset_budgets: tuple[str, ...] = ()
    """The keys of the login budgets that the change makes full (``domain.attempt.attempt_key``)."""

    @property
    def changes_sessions(self) -> bool:
        """Whether the answer of a session check changes, so that the store must publish it."""
        return self.removes_sessions or self.roles is not None or self.email_verified is not None

    @property
    def proves_email(self) -> bool | None:
        """Whether the address is proven afterwards; None if that stays as it is.

        Another email key, and an address without a key, is not proven unless ``email_verified``
        says so.
        """
        if self.email_verified is None and self.email is not None:
            key = self.email.key
            return None if key is not None and key == self.email.old_key else False
        return self.email_verified

    @property
    def removes_sessions(self) -> bool:
        """Whether the sessions from before the update end."""
        return self.password_hash is not None or self.ends_sessions

    @property
    def voids_tokens(self) -> bool:
        """Whether the links that were mailed before the update stop working."""
        return self.password_hash is not None or self.email is not None

    def applied_to(self, customer: Customer, at: datetime) -> Customer:
        """``customer`` as it is after this update, which was made at that time.

        A store that writes single attributes does the same by its own means.
        """
        profile: dict[str, Any] = dict(self.profile)
        changed = replace(
            customer,
            **profile,
            version=self.if_version + 1,
            updated_at=at,
            expires_at=None,
        )
        if self.roles is not None:
            changed = replace(changed, roles=self.roles)
        if self.password_hash is not None:
            changed = replace(
                changed,
                password_hash=self.password_hash,
                password_version=customer.password_version + 1,
            )
        if self.email is not None:
            changed = replace(changed, email=self.email.address, email_key=self.email.key)
        if self.proves_email is not None:
            changed = replace(changed, email_verified=self.proves_email)
        if self.voids_tokens:
            changed = replace(changed, email_verification=None, password_reset=None)
        return changed
