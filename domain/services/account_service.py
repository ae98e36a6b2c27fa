"""The use cases of a customer's own account: read it, change it, leave."""

from collections.abc import Iterable
from typing import Final, Unpack

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ..actor import ADMIN
from ..customer import Customer
from ..customer_update import CustomerUpdate, EmailChange
from ..email_address import EmailAddress
from ..errors import FieldFault, InvalidInputError
from ..fields import PROFILE, Faults, Profile, given_profile
from ..notification import NotificationKind
from ..policy import IdPolicy
from ..session import Session
from ..use_case import use_cases
from .attempt_budgets import AttemptBudgets
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .conflict import retry_on_conflict
from .current_customer import read_customer
from .email_verification_service import EmailVerificationService
from .emails import Emails
from .mailer import Mailer
from .wanted_change import WantedChange

_PRESENT_ADDRESS: Final = "is your address already; send another one"
_NO_CHANGE: Final = f"must be given, or another field to change: {', '.join(PROFILE)}"


@use_cases
class AccountService:
    """What customers do with their own accounts. The actor is the live session of the customer.

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
        budgets: AttemptBudgets,
        verification: EmailVerificationService,
        mailer: Mailer,
        emails: Emails,
        clock: Clock,
        id_policy: IdPolicy,
    ) -> None:
        self._customers = customers
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._budgets = budgets
        self._verification = verification
        self._mailer = mailer
        self._emails = emails
        self._clock = clock
        self._id_policy = id_policy

    def get_account(self, *, actor: Session, found: Iterable[FieldFault] = ()) -> Customer:
        """The customer of the session.

        Raises:
            InvalidInputError: the caller found a fault.
            CustomerNotFoundError: the customer was deleted after the session was checked.
        """
        Faults(found).raise_if_any()
        return self._get(actor)

    def update_account(
        self,
        *,
        actor: Session,
        if_version: int | None = None,
        found: Iterable[FieldFault] = (),
        **profile: Unpack[Profile[str | None]],
    ) -> int:
        """Change the profile fields that are given; a field that is None stays as it is.

        An update that changes nothing writes nothing. Without ``if_version`` it applies to the
        current version.

        Returns:
            The version of the customer after the update.

        Raises:
            InvalidInputError: names every field that breaks a rule; or no field is given.
            CustomerNotFoundError: the customer was deleted after the session was checked.
            VersionConflictError: the customer's version is not ``if_version``; or, without it,
                another change came first in five attempts in a row.
        """
        texts = given_profile(profile)
        faults = Faults(found)
        faults.note_profile(texts)
        faults.raise_if_any()
        if not texts:
            # Only if no other fault was found: a misspelt field is a field that was given.
            faults.note("fname", _NO_CHANGE)
            faults.raise_if_any()
        wanted = WantedChange(profile=texts, address=None, emails=self._emails)
        if if_version is not None:
            return self._update(actor, if_version, wanted)
        return retry_on_conflict(self._update, actor, None, wanted)

    def change_email(self, *, actor: Session, email: str, found: Iterable[FieldFault] = ()) -> bool:
        """Change the e-mail address. It needs a recent login.

        If addresses have to be proven, a link is sent to the new address, and nothing changes
        until it is followed. Nothing tells whether the new address is another customer's. If they
        need no proof, the address changes at once, every session ends, and the former address is
        told.

        Returns:
            Whether the address has changed; False if a link is sent first.

        Raises:
            InvalidInputError: ``email`` breaks a rule; or it is the customer's address already,
                has no need of a proof, and no link to another address is on its way.
            LoginRequiredError: the login was too long ago.
            CustomerNotFoundError: the customer was deleted after the session was checked.
            TooManyAttemptsError: the customer has asked for a change too often.
            EmailTakenError: the address is another customer's, and need not be proven.
            VersionConflictError: in five attempts in a row, another change came first.
        """
        faults = Faults(found)
        address = self._emails.read_new(email, faults)
        faults.raise_if_any()
        self._authorizer.require_recent_login(actor, "change_email", actor.customer_id)
        self._budgets.charge_email_change(actor.customer_id)
        change = self._request_change if self._verification.is_required else self._change_email
        return retry_on_conflict(change, actor, address)

    def delete_account(
        self,
        *,
        actor: Session,
        if_version: int | None = None,
        found: Iterable[FieldFault] = (),
    ) -> None:
        """Delete the customer and every session. It needs a recent login.

        Raises:
            InvalidInputError: the caller found a fault.
            SelfRemovalError: the customer is an admin. Another admin can delete an admin.
            LoginRequiredError: the login was too long ago.
            CustomerNotFoundError: the customer was deleted after the session was checked.
            VersionConflictError: the customer's version is not ``if_version``; or, without it,
                another change came first in five attempts in a row.
        """
        Faults(found).raise_if_any()
        if ADMIN in actor.roles:
            self._authorizer.require_another_admin(actor, "delete_account", actor.customer_id)
        self._authorizer.require_recent_login(actor, "delete_account", actor.customer_id)
        if if_version is not None:
            self._delete(actor, if_version)
        else:
            retry_on_conflict(self._delete, actor, None)

    def _update(self, actor: Session, if_version: int | None, wanted: WantedChange) -> int:
        current = self._get(actor, if_version)
        update = wanted.difference(current)
        if update is None:
            return current.version
        record = self._audit_trail.record(
            "update_account",
            actor.customer_id,
            "Account updated.",
            actor_id=actor.customer_id,
            fields=tuple(sorted(update.profile)),
        )
        self._customers.update(update, record)
        return update.if_version + 1

    def _request_change(self, actor: Session, address: EmailAddress) -> bool:
        """Send a link, unless the address is proven already and no other one is to be proven."""
        current = self._get(actor)
        if current.email_verification is None and current.email_verified:
            self._require_another(current, address)
        self._verification.request_change(current, address)
        return False

    def _change_email(self, actor: Session, address: EmailAddress) -> bool:
        """Change the address at once."""
        current = self._get(actor)
        if current.email_verification is None:
            self._require_another(current, address)
        update = CustomerUpdate(
            customer_id=current.customer_id,
            if_version=current.version,
            email=EmailChange(
                address=address.address,
                key=self._emails.key_to_hold(address),
                old_key=current.email_key,
            ),
            ends_sessions=True,
        )
        record = self._audit_trail.record(
            "change_email",
            current.customer_id,
            "E-mail address changed.",
            actor_id=current.customer_id,
            fields=("email",),
        )
        self._customers.update(update, record)
        if current.email != address.address:
            self._mailer.tell_later(NotificationKind.EMAIL_CHANGED, current)
        return True

    def _require_another(self, customer: Customer, address: EmailAddress) -> None:
        """Refuse the present address: True would say that every session has ended."""
        key = self._emails.key_to_hold(address)
        if (customer.email, customer.email_key) == (address.address, key):
            raise InvalidInputError([FieldFault("email", _PRESENT_ADDRESS)])

    def _delete(self, actor: Session, if_version: int | None) -> None:
        current = self._get(actor, if_version)
        record = self._audit_trail.record(
            "delete_account", actor.customer_id, "Account deleted.", actor_id=actor.customer_id
        )
        self._customers.delete(current, record, id_kept_until=self._id_policy.kept_until(record.at))

    def _get(self, actor: Session, if_version: int | None = None) -> Customer:
        now = self._clock.now()
        return read_customer(self._customers, actor.customer_id, now=now, if_version=if_version)
