"""Makes one-time tokens, stores them with their customers, and finds who presents one."""

from datetime import timedelta

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.random_source import RandomSource
from ..audit import AuditRecord
from ..customer import Customer
from ..customer_update import CustomerUpdate
from ..email_address import EmailAddress
from ..errors import CustomerNotFoundError, TokenRefusedError, VersionConflictError
from ..one_time_token import TOKEN_BYTES, OneTimeToken, StoredToken, TokenIssue, TokenPurpose
from .audit_trail import ANYONE, AuditTrail


class OneTimeTokens:
    """The one-time tokens of all purposes (OWASP ASVS 5.0, 6.4.1 and 6.5)."""

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        audit_trail: AuditTrail,
        random_source: RandomSource,
        clock: Clock,
    ) -> None:
        self._customers = customers
        self._audit_trail = audit_trail
        self._random_source = random_source
        self._clock = clock

    def make(
        self, customer_id: str, lifetime: timedelta, address: EmailAddress | None = None
    ) -> tuple[OneTimeToken, StoredToken]:
        """A new token, and what a store keeps of it. It is not stored yet."""
        token = OneTimeToken.new(customer_id, self._random_source.token_bytes(TOKEN_BYTES))
        expires_at = self._clock.now() + lifetime
        return token, StoredToken(token.token_hash, expires_at, address)

    def issue(
        self,
        customer: Customer,
        purpose: TokenPurpose,
        lifetime: timedelta,
        address: EmailAddress | None = None,
        *,
        actor_id: str = ANYONE,
    ) -> OneTimeToken:
        """Make a token and store it with ``customer``. An earlier one of its purpose is void.

        Raises:
            VersionConflictError: the address or the password of the customer has changed.
        """
        token, stored = self.make(customer.customer_id, lifetime, address)
        issue = TokenIssue(
            customer_id=customer.customer_id,
            purpose=purpose,
            token=stored,
            if_email=customer.email,
            if_password_version=customer.password_version,
        )
        record = self._audit_trail.record(
            f"request_{purpose}", customer.customer_id, "Link made.", actor_id=actor_id
        )
        self._customers.issue_token(issue, record)
        return token

    def pending_address(self, customer: Customer) -> EmailAddress | None:
        """The address that the customer has asked to prove, or None if no link to it works now."""
        pending = customer.email_verification
        if pending is None or pending.expires_at <= self._clock.now():
            return None
        return pending.address

    def require(self, token: OneTimeToken, purpose: TokenPurpose) -> tuple[Customer, StoredToken]:
        """The customer of ``token``, and the stored token that it fits.

        Raises:
            TokenRefusedError: it is unknown, used, expired, or not the newest of its purpose.
        """
        now = self._clock.now()
        customer = self._customers.get(token.customer_id, now=now)
        stored = None if customer is None else customer.token(purpose)
        if customer is None or stored is None or not stored.admits(token, now):
            known_id = ANYONE if customer is None else customer.customer_id
            self._audit_trail.refuse(
                f"complete_{purpose}", known_id, "Link refused.", status_code=400
            )
            raise TokenRefusedError
        return customer, stored

    def use(self, update: CustomerUpdate, record: AuditRecord) -> None:
        """Apply ``update``, whose ``if_token`` is the token that it uses up.

        Raises:
            VersionConflictError: another change came first, such as a newer token or a deletion.
            EmailTakenError: the new address belongs to another customer.
        """
        try:
            self._customers.update(update, record)
        except CustomerNotFoundError as error:
            # The customer was deleted after the read: the next attempt refuses the token.
            raise VersionConflictError(update.customer_id) from error
