"""The use cases of proven e-mail addresses: send a link, and follow it."""

from collections.abc import Iterable

from ...ports.customer_repository import CustomerRepository
from ..customer import Customer
from ..customer_update import CustomerUpdate, EmailChange, TokenCondition
from ..email_address import EmailAddress
from ..errors import FieldFault, MailOffError, TokenRefusedError, VersionConflictError
from ..fields import Faults
from ..notification import NotificationKind
from ..one_time_token import OneTimeToken, StoredToken, TokenPurpose
from ..policy import AccountPolicy
from ..request_context import request_from
from ..use_case import use_cases
from .attempt_budgets import AttemptBudgets
from .audit_trail import AuditTrail
from .conflict import retry_on_conflict
from .emails import Emails
from .mailer import Mailer
from .named_customers import CustomerName, NamedCustomers
from .one_time_tokens import OneTimeTokens

_PURPOSE = TokenPurpose.VERIFY_EMAIL
_KIND = NotificationKind.VERIFY_EMAIL


@use_cases
class EmailVerificationService:
    """Proves that a customer receives mail at an address, before the address is the customer's.

    No one holds the address until then, and a taken address looks like a free one to everyone but
    its owner. Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        named_customers: NamedCustomers,
        tokens: OneTimeTokens,
        audit_trail: AuditTrail,
        budgets: AttemptBudgets,
        mailer: Mailer,
        emails: Emails,
        policy: AccountPolicy,
    ) -> None:
        self._customers = customers
        self._named_customers = named_customers
        self._tokens = tokens
        self._audit_trail = audit_trail
        self._budgets = budgets
        self._mailer = mailer
        self._emails = emails
        self._policy = policy

    @property
    def is_required(self) -> bool:
        """Whether an address must be proven before it belongs to a customer."""
        return self._policy.email_verification

    def make_token(
        self, customer_id: str, address: EmailAddress
    ) -> tuple[OneTimeToken, StoredToken]:
        """The token of a registration, and what is stored of it with the new customer."""
        return self._tokens.make(customer_id, self._policy.verification_lifetime, address)

    def send_later(self, customer: Customer, address: EmailAddress, token: OneTimeToken) -> None:
        """Mail the link after the answer; or tell the customer who has the address already."""
        self._mailer.later(_KIND, lambda: self._send_link(customer, address, token))

    def issue_later(self, customer_id: str) -> None:
        """Make a link to the address that the customer has to prove, and mail it, after the answer.

        It sends nothing if there is no such address.
        """
        name = CustomerName(customer_id)
        self._mailer.later(_KIND, lambda: self._issue_again(name))

    def request_verification(
        self,
        *,
        customer_id: str | None = None,
        email: str | None = None,
        source: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> None:
        """Send the link again. Anyone may ask; the answer says nothing about the customer.

        The newest link works, and no earlier one. ``email`` finds only a customer who holds the
        address; a new customer is found by ``customer_id``.

        Raises:
            MailOffError: addresses need no proof here.
            InvalidInputError: the input names no customer, or two, or a value is malformed.
            TooManyAttemptsError: too many mails were asked for from ``source``, or for this name.
        """
        if not self.is_required:
            raise MailOffError
        self._mailer.require_on()
        name = self._named_customers.read(customer_id, email, found)
        with request_from(source):
            self._budgets.charge_mail(_KIND, name.identity, source)
            self._mailer.later(_KIND, lambda: self._issue_again(name))

    def request_change(self, customer: Customer, address: EmailAddress) -> None:
        """Send a link to the new address of a customer who asked for the change.

        It voids an earlier link, whatever its address. So a customer who has mistyped the address
        asks again with the right one.

        Raises:
            VersionConflictError: the address or the password of the customer has changed.
        """
        token = self._tokens.issue(
            customer,
            _PURPOSE,
            self._policy.verification_lifetime,
            address,
            actor_id=customer.customer_id,
        )
        self.send_later(customer, address, token)

    def complete_verification(
        self, *, token: str, source: str | None = None, found: Iterable[FieldFault] = ()
    ) -> Customer:
        """Follow a link: the address is proven, and belongs to the customer from now on.

        It can then be used to log in. If the customer had another address, every session ends, and
        the former address is told if the customer held it.

        Returns:
            The customer before the change.

        Raises:
            InvalidInputError: the caller found a fault.
            TooManyAttemptsError: ``source`` has presented too many wrong tokens.
            TokenRefusedError: the token is unknown, used, expired, or not the newest.
            EmailTakenError: another customer has proven the address first.
        """
        Faults(found).raise_if_any()
        charge = self._budgets.charge_source(source)
        with self._budgets.refund_source_on_error(charge), request_from(source):
            presented = OneTimeToken.parse(token)
            customer, address = retry_on_conflict(self._complete, presented)
        self._budgets.refund_source(charge)
        if customer.email != address.address:
            self._mailer.tell_later(NotificationKind.EMAIL_CHANGED, customer)
        return customer

    def _complete(self, token: OneTimeToken) -> tuple[Customer, EmailAddress]:
        customer, stored = self._tokens.require(token, _PURPOSE)
        address = stored.address
        if address is None:
            raise TokenRefusedError
        changes_address = customer.email != address.address
        key = self._emails.key_to_hold(address)
        update = CustomerUpdate(
            customer_id=customer.customer_id,
            if_version=customer.version,
            email=EmailChange(
                address=address.address,
                key=key,
                old_key=customer.email_key,
            ),
            # If customers may share addresses, no one holds one, so none counts as proven.
            email_verified=key is not None,
            ends_sessions=changes_address,
            if_token=TokenCondition(_PURPOSE, stored.token_hash),
        )
        record = self._audit_trail.record(
            "complete_email_verification",
            customer.customer_id,
            "E-mail address proven.",
            actor_id=customer.customer_id,
            fields=("email",) if changes_address else (),
        )
        self._tokens.use(update, record)
        return customer, address

    def _issue_again(self, name: CustomerName) -> None:
        customer = self._named_customers.find(name)
        address = None if customer is None else self._address_to_prove(customer)
        if customer is None or address is None:
            return
        # Before the token is made, so that the earlier link stays good if no other is sent.
        if not self._may_send(customer, address):
            return
        lifetime = self._policy.verification_lifetime
        try:
            # For a taken address too: an export shows the customer the token and its record.
            token = self._tokens.issue(customer, _PURPOSE, lifetime, address)
        except VersionConflictError:
            # The customer has changed address or password, and may ask again.
            return
        self._send_or_tell_owner(customer, address, token)

    def _address_to_prove(self, customer: Customer) -> EmailAddress | None:
        """The address to which a link was sent, or the present one if it is not proven.

        The former counts as long as its link works. So a stranger, who may have any link sent
        again, cannot revive a change of address that was asked for long ago.
        """
        pending = self._tokens.pending_address(customer)
        if pending is not None:
            return pending
        if customer.email is None or customer.email_verified:
            return None
        faults = Faults()
        address = self._emails.read_login(customer.email, faults)
        return None if [*faults] else address

    def _send_link(self, customer: Customer, address: EmailAddress, token: OneTimeToken) -> None:
        if self._may_send(customer, address):
            self._send_or_tell_owner(customer, address, token)

    def _may_send(self, customer: Customer, address: EmailAddress) -> bool:
        held = customer.email_key == address.key
        return self._budgets.may_send_link(_KIND, address.key, held=held)

    def _send_or_tell_owner(
        self, customer: Customer, address: EmailAddress, token: OneTimeToken
    ) -> None:
        """Send the link; or, if the address is another customer's, tell that one."""
        owner_id = self._customers.find_id_by_email(address.key)
        if owner_id is None or owner_id == customer.customer_id:
            lifetime = self._policy.verification_lifetime
            self._mailer.send_link(_KIND, customer, address.address, token, lifetime)
        else:
            self._tell_owner(owner_id, address)

    def _tell_owner(self, owner_id: str, address: EmailAddress) -> None:
        """Tell the customer who has ``address`` that someone else named it, at most once a day."""
        owner = self._named_customers.find(CustomerName(owner_id))
        if owner is None or owner.email_key != address.key:
            return
        to = self._mailer.notice_address(owner)
        if to is not None and self._budgets.may_notify(owner.customer_id):
            self._mailer.tell(NotificationKind.EMAIL_IN_USE, owner, to)
