"""The use cases of a forgotten password: ask for a link, and set a new password with it."""

from collections.abc import Iterable

from ..budget_names import name_budget_keys
from ..customer import Customer
from ..customer_update import CustomerUpdate, TokenCondition
from ..errors import FieldFault, VersionConflictError
from ..fields import Faults
from ..notification import NotificationKind
from ..one_time_token import OneTimeToken, StoredToken, TokenPurpose
from ..policy import AccountPolicy
from ..request_context import request_from
from ..use_case import use_cases
from .attempt_budgets import AttemptBudgets
from .audit_trail import AuditTrail
from .conflict import retry_after_conflict
from .mailer import Mailer
from .named_customers import CustomerName, NamedCustomers
from .new_password import own_words
from .one_time_tokens import OneTimeTokens
from .passwords import Passwords

_PURPOSE = TokenPurpose.RESET_PASSWORD
_KIND = NotificationKind.RESET_PASSWORD


@use_cases
class PasswordResetService:
    """Lets customers set a new password who have forgotten it (OWASP ASVS 5.0, 6.4.3).

    Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        named_customers: NamedCustomers,
        tokens: OneTimeTokens,
        audit_trail: AuditTrail,
        budgets: AttemptBudgets,
        mailer: Mailer,
        passwords: Passwords,
        policy: AccountPolicy,
    ) -> None:
        self._named_customers = named_customers
        self._tokens = tokens
        self._audit_trail = audit_trail
        self._budgets = budgets
        self._mailer = mailer
        self._passwords = passwords
        self._policy = policy

    def request_reset(
        self,
        *,
        customer_id: str | None = None,
        email: str | None = None,
        source: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> None:
        """Mail a link to the customer that ``customer_id`` or ``email`` names.

        Anyone may ask. The answer is the same whether there is such a customer or not, since the
        customer is read after it. The newest link works, and no earlier one.

        Raises:
            MailOffError: the deployment sends no mail.
            InvalidInputError: the input names no customer, or two, or a value is malformed.
            TooManyAttemptsError: too many mails were asked for from ``source``, or for this name.
        """
        self._mailer.require_on()
        name = self._named_customers.read(customer_id, email, found)
        with request_from(source):
            self._budgets.charge_mail(_KIND, name.identity, source)
            self._mailer.later(_KIND, lambda: self._issue(name))

    def complete_reset(
        self,
        *,
        token: str,
        password: str,
        source: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> Customer:
        """Set a new password with the token of a link.

        Every session ends, every device is forgotten, and the customer is unlocked. A fault of the
        password leaves the token as it is.

        Returns:
            The customer before the change.

        Raises:
            InvalidInputError: the password breaks a rule of new passwords.
            TooManyAttemptsError: ``source`` has presented too many wrong tokens.
            TokenRefusedError: the token is unknown, used, expired, or not the newest.
            ServiceBusyError: too many passwords wait to be hashed. The token stays as it is.
        """
        faults = Faults(found)
        faults.note("password", self._passwords.shape_fault(password))
        faults.raise_if_any()
        charge = self._budgets.charge_source(source)
        with self._budgets.refund_source_on_error(charge), request_from(source):
            presented = OneTimeToken.parse(token)
            customer, stored = self._tokens.require(presented, _PURPOSE)
            self._passwords.require_new(password, own_words=own_words(customer))
            self._passwords.require_unbreached(password)
            with self._passwords.hashing(source=source) as hashing:
                password_hash = hashing.hash(password)
            try:
                self._complete(customer, stored, password_hash)
            except VersionConflictError:
                customer = retry_after_conflict(self._read_and_complete, presented, password_hash)
        self._budgets.refund_source(charge)
        self._mailer.tell_later(NotificationKind.PASSWORD_CHANGED, customer)
        return customer

    def _read_and_complete(self, token: OneTimeToken, password_hash: str) -> Customer:
        """Read the customer again, and set the password if the token still works."""
        customer, stored = self._tokens.require(token, _PURPOSE)
        self._complete(customer, stored, password_hash)
        return customer

    def _complete(self, customer: Customer, stored: StoredToken, password_hash: str) -> None:
        update = CustomerUpdate(
            customer_id=customer.customer_id,
            if_version=customer.version,
            password_hash=password_hash,
            if_token=TokenCondition(_PURPOSE, stored.token_hash),
            reset_budgets=name_budget_keys(customer.customer_id, customer.email_key),
        )
        record = self._audit_trail.record(
            "complete_password_reset",
            customer.customer_id,
            "Password reset.",
            actor_id=customer.customer_id,
            fields=("password",),
        )
        self._tokens.use(update, record)

    def _issue(self, name: CustomerName) -> None:
        customer = self._named_customers.find(name)
        address = None if customer is None else self._mailer.link_address(customer)
        if customer is None or address is None:
            return
        held = customer.email_key is not None
        if not self._budgets.may_send_link(_KIND, customer.email_key or address, held=held):
            return
        lifetime = self._policy.reset_lifetime
        try:
            token = self._tokens.issue(customer, _PURPOSE, lifetime)
        except VersionConflictError:
            # The customer has changed address or password, and may ask again.
            return
        self._mailer.send_link(_KIND, customer, address, token, lifetime)
