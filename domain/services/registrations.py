"""Carries out the registration of a customer, once its input is valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.random_source import RandomSource
from ..actor import Actor, Operator, is_admin
from ..audit import AuditRecord
from ..customer import FIRST_VERSION_BYTES, Customer
from ..email_address import EmailAddress
from ..errors import (
    CustomerExistsError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    StoreUnavailableError,
)
from ..idempotency_key import KEY_LIFETIME, IdempotencyKey, KeyedRegistration
from ..one_time_token import OneTimeToken
from ..policy import AccountPolicy, IdPolicy
from ..request_context import request_from
from .attempt_budgets import AttemptBudgets
from .audit_trail import ANYONE, AuditTrail
from .email_verification_service import EmailVerificationService
from .emails import Emails
from .passwords import Passwords
from .repeated_registrations import RepeatedRegistrations


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A registration whose input breaks no rule."""

    customer_id: str
    id_is_chosen: bool
    """Whether the caller chose the id; otherwise it is random, or derived from ``key``."""
    address: EmailAddress = field(repr=False)
    password: str = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    """The profile, with every field."""
    actor: Actor | None
    source: str | None
    key: IdempotencyKey | None

    @property
    def actor_id(self) -> str:
        """Who asks, as the audit log names the actor."""
        return ANYONE if self.actor is None else self.actor.customer_id

    def fingerprint(self, key: IdempotencyKey) -> str:
        """What another request with ``key`` must have in common with this one."""
        chosen_id = self.customer_id if self.id_is_chosen else ""
        fields = {"actor": self.actor_id, "customer_id": chosen_id, "email": self.address.address}
        return key.fingerprint({**fields, **self.texts})


class Registrations:
    """Adds customers: counts, hashes, stores, and has a link mailed if the address needs a proof.

    A registration with a key that was carried out before is not carried out again.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        repeated: RepeatedRegistrations,
        audit_trail: AuditTrail,
        budgets: AttemptBudgets,
        passwords: Passwords,
        emails: Emails,
        random_source: RandomSource,
        clock: Clock,
        id_policy: IdPolicy,
        account_policy: AccountPolicy,
        verification: EmailVerificationService,
    ) -> None:
        self._customers = customers
        self._repeated = repeated
        self._audit_trail = audit_trail
        self._budgets = budgets
        self._passwords = passwords
        self._emails = emails
        self._random_source = random_source
        self._clock = clock
        self._id_policy = id_policy
        self._account_policy = account_policy
        self._verification = verification

    def register(self, wanted: Registration) -> Customer:
        """Add the customer, or return the one that an earlier request with the key added.

        ``CustomerService.add_customer`` says what it raises.
        """
        charge = self._budgets.charge_registration(wanted.source)
        with self._budgets.refund_source_on_error(charge):
            try:
                customer, token = self._add(wanted)
            except (CustomerExistsError, EmailTakenError, IdempotencyKeyReusedError):
                # If the key was used, its registration is in the way of this one.
                repeated = self._find_repeated(wanted)
                if repeated is None:
                    raise
                return repeated
        if token is not None:
            self._verification.send_later(customer, wanted.address, token)
        elif self._verification.is_required:
            self._verification.issue_later(customer.customer_id)
        return customer

    def _add(self, wanted: Registration) -> tuple[Customer, OneTimeToken | None]:
        """The customer who was added, and the token to mail, if the address needs a proof."""
        self._require_free(wanted)
        self._passwords.require_unbreached(wanted.password)
        by_operator = isinstance(wanted.actor, Operator)
        with self._passwords.hashing(source=wanted.source, known_device=by_operator) as hashing:
            password_hash = hashing.hash(wanted.password)
        first_version = int.from_bytes(self._random_source.token_bytes(FIRST_VERSION_BYTES))
        customer = self._new_customer(wanted, password_hash, self._clock.now(), first_version)
        token: OneTimeToken | None = None
        if self._needs_proof(wanted):
            token, stored = self._verification.make_token(wanted.customer_id, wanted.address)
            customer = replace(customer, email_verification=stored)
        self._customers.add(
            customer,
            self._record(wanted, customer),
            reuse=self._id_policy.reuse,
            registration=_keyed(wanted, customer),
        )
        return customer, token

    def _find_repeated(self, wanted: Registration) -> Customer | None:
        """The customer as an earlier request with the key added it; None if there was none."""
        if wanted.key is None:
            return None
        try:
            found = self._repeated.find(
                wanted.key.key_hash,
                wanted.fingerprint(wanted.key),
                wanted.password,
                actor=wanted.actor,
                source=wanted.source,
            )
        except StoreUnavailableError as error:
            # Nothing changed now, but an earlier request with the key may have added the customer.
            raise StoreUnavailableError(error.retry_after, outcome_known=False) from error
        if found is None:
            return None
        # The fields were those of this request, or the fingerprint would differ.
        return self._new_customer(wanted, found.password_hash, found.created_at, found.version)

    def _require_free(self, wanted: Registration) -> None:
        """Raise CustomerExistsError if the id is taken.

        A random id is free. An id that is derived from a key may be that of a repetition.
        """
        if not wanted.id_is_chosen and wanted.key is None:
            return
        customer_id, reuse = wanted.customer_id, self._id_policy.reuse
        if self._customers.is_taken(customer_id, now=self._clock.now(), reuse=reuse):
            raise CustomerExistsError(customer_id)

    def _needs_proof(self, wanted: Registration) -> bool:
        return self._verification.is_required and not is_admin(wanted.actor)

    def _new_customer(
        self, wanted: Registration, password_hash: str, now: datetime, first_version: int
    ) -> Customer:
        """The customer that ``wanted`` adds at ``now``.

        An address that needs a proof belongs to no one until then, so it is not looked up here.
        """
        needs_proof = self._needs_proof(wanted)
        profile: dict[str, Any] = dict(wanted.texts)
        return Customer(
            customer_id=wanted.customer_id,
            email=wanted.address.address,
            email_key=None if needs_proof else self._emails.key_to_hold(wanted.address),
            password_hash=password_hash,
            password_version=first_version,
            version=first_version,
            created_at=now,
            updated_at=now,
            expires_at=now + self._account_policy.unproven_lifetime if needs_proof else None,
            **profile,
        )

    def _record(self, wanted: Registration, customer: Customer) -> AuditRecord:
        given = (name for name, value in wanted.texts.items() if value)
        with request_from(wanted.source):
            return self._audit_trail.record(
                "add_customer",
                wanted.customer_id,
                "Customer added.",
                actor_id=wanted.actor_id,
                fields=tuple(sorted(("email", "password", *given))),
                at=customer.created_at,
            )


def _keyed(wanted: Registration, customer: Customer) -> KeyedRegistration | None:
    """What the store keeps for a repetition; None without a key."""
    if wanted.key is None:
        return None
    return KeyedRegistration(
        key_hash=wanted.key.key_hash,
        fingerprint=wanted.fingerprint(wanted.key),
        customer_id=customer.customer_id,
        version=customer.version,
        created_at=customer.created_at,
        expires_at=customer.created_at + KEY_LIFETIME,
    )
