"""The use case of an import: adds customers with the hashes, versions and times of a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.password_hash_formats import PasswordHashFormats
from ...ports.random_source import RandomSource
from ..actor import ADMIN, Actor
from ..audit import AuditRecord
from ..base64url import base64url
from ..customer import FIRST_VERSION_BYTES, Customer
from ..customer_addition import AdditionRefusal, CustomerAddition
from ..email_address import EmailAddress
from ..errors import CustomerExistsError, EmailTakenError, FieldFault
from ..fields import PROFILE, Faults, new_customer_id_fault, role_fault
from ..import_comparison import comparable_values
from ..imported_customer import MAX_ROLES, MAX_VERSION, ImportedCustomer, ImportRules
from ..policy import IdPolicy
from ..session import CLOCK_TOLERANCE
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .emails import Emails
from .passwords import Passwords


class CustomerImportService:
    """Adds customers of another system for an operator, many at a time. It replaces no customer.

    ``prepare`` judges one customer, and may run in several threads at once. ``add`` stores those
    who broke no rule. No mail is sent, and an address is its customer's at once.

    Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        passwords: Passwords,
        hash_formats: PasswordHashFormats,
        emails: Emails,
        random_source: RandomSource,
        clock: Clock,
        id_policy: IdPolicy,
    ) -> None:
        self._customers = customers
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._passwords = passwords
        self._hash_formats = hash_formats
        self._emails = emails
        self._random_source = random_source
        self._clock = clock
        self._id_policy = id_policy

    def prepare(
        self,
        wanted: ImportedCustomer,
        *,
        actor: Actor,
        rules: ImportRules,
        found: Iterable[FieldFault] = (),
        hash_passwords: bool = True,
    ) -> CustomerAddition:
        """What ``add`` stores for ``wanted``. Stores nothing itself.

        A password is hashed, and keeps the rules of a new one. A hash is taken as it is, and a
        login replaces it by a hash of this service. A version or a time that the file leaves out
        is that of a new customer.

        Args:
            wanted: the customer.
            actor: who asks, an admin; the records name the actor.
            rules: what the operator allows.
            found: the faults that the caller found in the same input.
            hash_passwords: whether a password is looked up among breached ones and hashed.
                Without that the result is for ``foresee`` alone.

        Raises:
            InvalidInputError: names every field that breaks a rule.
            CustomerExistsError: the id is taken. Only said of customers with a password, before it
                is hashed.
            ForbiddenError: ``actor`` is no admin.
            ServiceBusyError: too many passwords wait to be hashed.
        """
        self._authorizer.require_admin(actor, "add_customer", wanted.customer_id or "-")
        now = self._clock.now()
        faults = Faults(found)
        fault = new_customer_id_fault(wanted.customer_id, by_operator=True)
        faults.note("customer_id", fault)
        faults.note_profile(wanted.profile)
        address = self._read_address(wanted, faults)
        _note_roles(wanted.roles, rules, faults)
        _note_versions(wanted, faults)
        _note_times(wanted, now, faults)
        self._note_password(wanted, rules, faults)
        faults.raise_if_any()
        password_hash = self._hash(wanted, now) if hash_passwords else wanted.password_hash or ""
        customer = self._new_customer(wanted, address, password_hash, now)
        return CustomerAddition(customer, self._record(customer, actor, now))

    def with_random_password(self, wanted: ImportedCustomer) -> ImportedCustomer:
        """``wanted`` with a password that no one knows, in place of the password or the hash."""
        password = base64url(self._random_source.token_bytes(32))
        return replace(wanted, password=password, password_hash=None)

    def add(
        self, additions: Sequence[CustomerAddition], *, at_a_time: int = 1
    ) -> list[AdditionRefusal | None]:
        """Store what ``prepare`` returned; as ``CustomerRepository.add_each``."""
        reuse = self._id_policy.reuse
        return self._customers.add_each(additions, reuse=reuse, at_a_time=at_a_time)

    def foresee(self, addition: CustomerAddition) -> AdditionRefusal | None:
        """What ``add`` would return for ``addition`` now. Stores nothing."""
        customer, reuse = addition.customer, self._id_policy.reuse
        if self._customers.is_taken(customer.customer_id, now=addition.record.at, reuse=reuse):
            return CustomerExistsError(customer.customer_id)
        key = customer.email_key
        if key is not None and self._customers.find_id_by_email(key) is not None:
            return EmailTakenError()
        return None

    def find_comparable_values(self, customer_id: str) -> Mapping[str, str] | None:
        """What a file is compared with; None if the customer was deleted or has ended."""
        customer = self._customers.get(customer_id, now=self._clock.now())
        return None if customer is None else self.comparable_values_of(customer)

    def comparable_values_of(self, customer: Customer) -> Mapping[str, str]:
        """The values of ``customer`` for ``different_fields``."""
        # A dry run hashes no password, so there may be none.
        password_hash = customer.password_hash
        with_hash = password_hash != "" and self._passwords.needs_rehash(password_hash)
        return comparable_values(customer, with_hash=with_hash)

    def _read_address(self, wanted: ImportedCustomer, faults: Faults) -> EmailAddress | None:
        """The address; None for an admin without one, as the settings make an admin."""
        if wanted.email is not None:
            return self._emails.read_new(wanted.email, faults)
        if ADMIN not in wanted.roles:
            faults.note("email", "is missing")
        return None

    def _note_password(self, wanted: ImportedCustomer, rules: ImportRules, faults: Faults) -> None:
        if wanted.password_hash is not None:
            allow_weak = rules.allow_weak_hashes
            fault = self._hash_formats.fault(wanted.password_hash, allow_weak=allow_weak)
            if wanted.password is not None:
                fault = "must not be given together with a password"
            faults.note("password_hash", fault)
        elif wanted.password is None:
            if "password_hash" not in faults:
                faults.note("password", "is missing")
        else:
            texts = wanted.profile
            own_words = (wanted.customer_id, wanted.email, texts.get("fname"), texts.get("lname"))
            fault = self._passwords.new_password_fault(wanted.password, own_words=own_words)
            faults.note("password", fault)

    def _hash(self, wanted: ImportedCustomer, now: datetime) -> str:
        if wanted.password_hash is not None:
            return wanted.password_hash
        # An import that is run again hashes no password in vain.
        customer_id, reuse = wanted.customer_id, self._id_policy.reuse
        if self._customers.is_taken(customer_id, now=now, reuse=reuse):
            raise CustomerExistsError(customer_id)
        password = wanted.password or ""
        self._passwords.require_unbreached(password)
        with self._passwords.hashing(known_device=True) as hashing:
            return hashing.hash(password)

    def _new_customer(
        self,
        wanted: ImportedCustomer,
        address: EmailAddress | None,
        password_hash: str,
        now: datetime,
    ) -> Customer:
        version = wanted.version
        if version is None:
            version = int.from_bytes(self._random_source.token_bytes(FIRST_VERSION_BYTES))
        password_version = wanted.password_version
        created_at = wanted.created_at or wanted.updated_at or now
        # An address that is not proven yet belongs to no one.
        holds_key = address is not None and wanted.expires_at is None
        key = self._emails.key_to_hold(address) if holds_key and address is not None else None
        profile: dict[str, Any] = {**dict.fromkeys(PROFILE, ""), **wanted.profile}
        return Customer(
            customer_id=wanted.customer_id,
            email=None if address is None else address.address,
            email_key=key,
            roles=wanted.roles,
            password_hash=password_hash,
            password_version=version if password_version is None else password_version,
            version=version,
            created_at=created_at,
            updated_at=wanted.updated_at or created_at,
            # Only the holder of an address can have proven it.
            email_verified=wanted.email_verified and key is not None,
            expires_at=wanted.expires_at,
            **profile,
        )

    def _record(self, customer: Customer, actor: Actor, now: datetime) -> AuditRecord:
        given = [name for name, text in customer.profile.items() if text]
        if customer.email is not None:
            given.append("email")
        if customer.roles:
            given.append("roles")
        return self._audit_trail.record(
            "add_customer",
            customer.customer_id,
            "Customer imported.",
            actor_id=actor.customer_id,
            fields=tuple(sorted(("password", *given))),
            at=now,
        )


def _note_roles(roles: frozenset[str], rules: ImportRules, faults: Faults) -> None:
    if roles and not rules.allow_roles:
        faults.note("roles", "must be empty, unless the import allows roles (--allow-roles)")
    if len(roles) > MAX_ROLES:
        faults.note("roles", f"must be at most {MAX_ROLES}")
    for role in roles:
        if (fault := role_fault(role)) is not None:
            faults.note("roles", f"must each be valid: a role {fault}")


def _note_versions(wanted: ImportedCustomer, faults: Faults) -> None:
    versions: Mapping[str, int | None] = {
        "version": wanted.version,
        "password_version": wanted.password_version,
    }
    for name, version in versions.items():
        if version is not None and not 0 <= version <= MAX_VERSION:
            faults.note(name, f"must be a whole number from 0 to {MAX_VERSION}")


def _note_times(wanted: ImportedCustomer, now: datetime, faults: Faults) -> None:
    for name, at in (("created_at", wanted.created_at), ("updated_at", wanted.updated_at)):
        if at is None:
            continue
        if at > now + CLOCK_TOLERANCE:
            faults.note(name, "must not be in the future")
        if at.year < 1970:  # noqa: PLR2004 (the epoch)
            faults.note(name, "must not be before 1970")
    if wanted.created_at and wanted.updated_at and wanted.updated_at < wanted.created_at:
        faults.note("updated_at", "must not be before created_at")
    if wanted.expires_at is not None:
        if wanted.expires_at <= now:
            faults.note("expires_at", "is over: the customer has ended")
        if wanted.email_verified:
            faults.note("expires_at", "must be empty for a proven address")
