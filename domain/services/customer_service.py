"""The use cases of customers: add, read, update, delete."""

from collections.abc import Iterable
from typing import Final, Unpack
from uuid import UUID

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.random_source import RandomSource
from ..actor import Actor, Operator
from ..customer import Customer
from ..customer_update import CustomerUpdate
from ..errors import FieldFault
from ..fields import (
    PROFILE,
    Faults,
    Profile,
    complete_profile,
    customer_id_fault,
    given_profile,
    new_customer_id_fault,
    require_customer_id,
)
from ..idempotency_key import IdempotencyKey, idempotency_key_fault
from ..notification import NotificationKind
from ..policy import IdPolicy
from ..use_case import use_cases
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .conflict import retry_on_conflict
from .current_customer import read_customer
from .email_verification_service import EmailVerificationService
from .emails import Emails
from .mailer import Mailer
from .new_password import NewPassword
from .passwords import Passwords
from .registrations import Registration, Registrations
from .wanted_change import WantedChange

_NO_CHANGE: Final = f"must be given, or another field to change: password, {', '.join(PROFILE)}"


@use_cases
class CustomerService:
    """Adds customers for anyone; updates and deletes them for admins.

    A caller passes the faults that it found in the same input, such as an unknown field, as
    ``found``. They are raised together with those that the use case finds.

    Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        registrations: Registrations,
        passwords: Passwords,
        emails: Emails,
        random_source: RandomSource,
        clock: Clock,
        id_policy: IdPolicy,
        verification: EmailVerificationService,
        mailer: Mailer,
    ) -> None:
        self._customers = customers
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._registrations = registrations
        self._passwords = passwords
        self._emails = emails
        self._random_source = random_source
        self._clock = clock
        self._id_policy = id_policy
        self._verification = verification
        self._mailer = mailer

    def add_customer(
        self,
        *,
        email: str,
        password: str,
        customer_id: str | None = None,
        actor: Actor | None = None,
        source: str | None = None,
        idempotency_key: str | None = None,
        found: Iterable[FieldFault] = (),
        **profile: Unpack[Profile[str]],
    ) -> Customer:
        """Add a customer. Anyone may do this. Without a ``customer_id`` the id is a random UUID.

        ``actor`` is who asks, or None for a caller without a login. Only the ``OPERATOR`` may
        choose an id that customers take for the shop's own, such as ``admin`` or ``support``. The
        fields of the ``profile`` are keyword arguments (``fname="Allen"``); a field that is left
        out is empty. ``source`` is the client's network address; registrations are counted by it.

        If addresses have to be proven, a link is mailed after the answer, and ``email`` is the
        customer's only after it is followed. If another customer has the address, that customer
        is told instead, and the answer is the same. An address that an admin gives is the
        customer's at once.

        With an ``idempotency_key`` the call may be repeated for a day, whatever became of it: it
        adds one customer, sends one mail and writes one audit record. A repetition has the same
        arguments, and returns the customer as it was added. The key is a secret that the caller
        makes at random for this one customer, such as a UUID. Without a ``customer_id`` the id is
        a UUID that is derived from the key.

        Raises:
            InvalidInputError: names every field that breaks a rule.
            TooManyAttemptsError: ``source`` has registered too many customers; or the password of
                a repetition cannot be verified, because a login budget is used up.
            ServiceBusyError: too many passwords wait to be hashed. Nothing was counted.
            CustomerExistsError: the ``customer_id`` is taken, or was a deleted customer's.
            EmailTakenError: the e-mail address is taken, and need not be proven.
            IdempotencyKeyReusedError: the ``idempotency_key`` was used within a day with other
                fields, or for a customer who now has another password, or who was deleted and
                whose id is free again.
        """
        texts = complete_profile(profile)
        faults = Faults(found)
        key = _read_key(idempotency_key, faults)
        id_is_chosen = customer_id is not None
        if customer_id is not None:
            fault = new_customer_id_fault(customer_id, by_operator=isinstance(actor, Operator))
            faults.note("customer_id", fault)
        elif key is not None:
            customer_id = key.customer_id
        else:
            customer_id = str(UUID(bytes=self._random_source.token_bytes(16), version=4))
        faults.note_profile(texts)
        address = self._emails.read_new(email, faults)
        own_words = (customer_id, email, texts["fname"], texts["lname"])
        faults.note("password", self._passwords.new_password_fault(password, own_words=own_words))
        faults.raise_if_any()
        return self._registrations.register(
            Registration(
                customer_id=customer_id,
                id_is_chosen=id_is_chosen,
                address=address,
                password=password,
                texts=texts,
                actor=actor,
                source=source,
                key=key,
            )
        )

    def get_customer(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> Customer:
        """The customer. Only an admin and the customer may read it.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            CustomerNotFoundError: there is no such customer.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "get_customer", customer_id)
        return self._get(customer_id)

    def update_customer(
        self,
        customer_id: str,
        *,
        actor: Actor,
        if_version: int | None = None,
        email: str | None = None,
        password: str | None = None,
        found: Iterable[FieldFault] = (),
        **profile: Unpack[Profile[str | None]],
    ) -> int:
        """Change the fields that are given; a field that is None stays as it is. Admins only.

        The fields of the ``profile`` are keyword arguments (``fname="Allen"``).
        A new password that differs from the stored one ends every session of the customer.
        Without ``if_version`` the change applies to the current version. An update that changes
        nothing writes nothing. There is one exception, which saves a read: profile fields given
        with ``if_version`` and without e-mail address and password are always written. An address
        that an admin gives is the customer's at once; if addresses have to be proven, a link is
        mailed to it too. Admins need a recent login for their own address and password.

        Returns:
            The version of the customer after the update.

        Raises:
            InvalidInputError: names every field that breaks a rule; or no field is given.
            ForbiddenError: ``actor`` is no admin.
            LoginRequiredError: an admin would change the own address or password, and the login
                was too long ago.
            ServiceBusyError: too many passwords wait to be hashed. Nothing was changed.
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: the customer's version is not ``if_version``; or, without it,
                another change came first in five attempts in a row.
            EmailTakenError: the new e-mail address is another customer's.
        """
        texts = given_profile(profile)
        faults = Faults(found)
        faults.note("customer_id", customer_id_fault(customer_id))
        faults.note_profile(texts)
        address = None if email is None else self._emails.read_new(email, faults)
        if password is not None:
            own_words = (customer_id, email, texts.get("fname"), texts.get("lname"))
            fault = self._passwords.new_password_fault(password, own_words=own_words)
            faults.note("password", fault)
        faults.raise_if_any()
        if not texts and email is None and password is None:
            # Only if no other fault was found: a misspelt field is a field that was given.
            faults.note("email", _NO_CHANGE)
            faults.raise_if_any()
        self._authorizer.require_admin(actor, "update_customer", customer_id)
        if email is not None or password is not None:
            self._authorizer.require_recent_login(actor, "update_customer", customer_id)

        if if_version is not None and texts and address is None and password is None:
            # This does not depend on the stored customer, so it costs one write and no read.
            update = CustomerUpdate(customer_id=customer_id, if_version=if_version, profile=texts)
            return self._apply(update, actor)

        if password is None:
            wanted = WantedChange(profile=texts, address=address, emails=self._emails)
            return self._update(customer_id, if_version, wanted, actor)
        self._passwords.require_unbreached(password)
        with self._passwords.hashing(known_device=True) as hashing:
            wanted = WantedChange(
                profile=texts,
                address=address,
                password=NewPassword(password, self._passwords, hashing),
                emails=self._emails,
            )
            return self._update(customer_id, if_version, wanted, actor)

    def delete_customer(
        self,
        customer_id: str,
        *,
        actor: Actor,
        if_version: int | None = None,
        found: Iterable[FieldFault] = (),
    ) -> None:
        """Remove a customer and all of the customer's sessions. Admins only.

        The id is not given again while the audit records of the customer are kept, unless the
        deployment allows it (``IdPolicy``).

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is no admin.
            SelfRemovalError: ``actor`` is this customer. Another admin can delete an admin.
            CustomerNotFoundError: there is no such customer.
            VersionConflictError: the customer's version is not ``if_version``; or, without it,
                another change came first in five attempts in a row.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_another_admin(actor, "delete_customer", customer_id)

        if if_version is not None:
            self._delete(customer_id, if_version, actor)
        else:
            retry_on_conflict(self._delete, customer_id, None, actor)

    def _update(
        self, customer_id: str, if_version: int | None, wanted: WantedChange, actor: Actor
    ) -> int:
        """Change what differs from ``wanted``, and return the new version."""
        if if_version is not None:
            return self._update_once(customer_id, if_version, wanted, actor)
        return retry_on_conflict(self._update_once, customer_id, None, wanted, actor)

    def _update_once(
        self, customer_id: str, if_version: int | None, wanted: WantedChange, actor: Actor
    ) -> int:
        current = self._get(customer_id, if_version)
        update = wanted.difference(current)
        if update is None:
            return current.version
        version = self._apply(update, actor)
        self._tell_later(current, update)
        return version

    def _tell_later(self, former: Customer, update: CustomerUpdate) -> None:
        """Tell the customer of a new address or password, after the answer.

        The former address is told. The change of the address has voided an earlier link, so
        another one goes to the new address, unless that is proven.
        """
        if update.password_hash is not None:
            self._mailer.tell_later(NotificationKind.PASSWORD_CHANGED, former)
        if update.email is None:
            return
        if update.email.address != former.email:
            self._mailer.tell_later(NotificationKind.EMAIL_CHANGED, former)
        if self._verification.is_required:
            self._verification.issue_later(former.customer_id)

    def _delete(self, customer_id: str, if_version: int | None, actor: Actor) -> None:
        """Read the customer, and delete it at the version that was read."""
        current = self._get(customer_id, if_version)
        record = self._audit_trail.record(
            "delete_customer", customer_id, "Customer deleted.", actor_id=actor.customer_id
        )
        self._customers.delete(current, record, id_kept_until=self._id_policy.kept_until(record.at))

    def _get(self, customer_id: str, if_version: int | None = None) -> Customer:
        now = self._clock.now()
        return read_customer(self._customers, customer_id, now=now, if_version=if_version)

    def _apply(self, update: CustomerUpdate, actor: Actor) -> int:
        fields = set(update.profile)
        if update.email is not None:
            fields.add("email")
        if update.password_hash is not None:
            fields.add("password")
        message = "Customer updated."
        if update.password_hash is not None and update.customer_id != actor.customer_id:
            message = "Customer updated; another person set the password."
        record = self._audit_trail.record(
            "update_customer",
            update.customer_id,
            message,
            actor_id=actor.customer_id,
            fields=tuple(sorted(fields)),
        )
        self._customers.update(update, record)
        return update.if_version + 1


def _read_key(value: str | None, faults: Faults) -> IdempotencyKey | None:
    """The key, or None if there is none or it has a fault."""
    if value is None or not faults.note("idempotency_key", idempotency_key_fault(value)):
        return None
    return IdempotencyKey(value)
