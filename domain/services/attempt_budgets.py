"""The budgets that bound guessing, mail and exports: by name, device, customer and source."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from ...ports.clock import Clock
from ...ports.login_throttle import LoginThrottle
from ...ports.throttle import Throttle
from ..attempt import Attempt, Charge
from ..errors import (
    CustomerExistsError,
    CustomerServiceError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    LoginRefusedError,
    StoreFaultError,
    StoreUnavailableError,
    TokenRefusedError,
    TooManyAttemptsError,
)
from ..network_address import source_of
from ..notification import NotificationKind
from ..policy import AccountPolicy, SessionPolicy, SourcePolicy
from ..rate_limit import RateLimit
from ..request_context import request_from
from ..use_case import own_use_case
from .throttle_records import ThrottleRecords


def _no_owner() -> None:
    """Return None: the budget of a source belongs to no customer."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What the audit log says about an attempt that a budget refuses."""

    operation_name: str
    message: str
    owner: Callable[[], str | None] = _no_owner


_CALLERS_ERRORS: Final = (
    LoginRefusedError,
    CustomerExistsError,
    EmailTakenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    TokenRefusedError,
)


@contextmanager
def _on_error_except(
    counted: tuple[type[CustomerServiceError], ...], refund: Callable[[], None]
) -> Generator[None]:
    """Call ``refund`` if the block raises a CustomerServiceError that is not ``counted``."""
    try:
        yield
    except counted:
        raise
    except CustomerServiceError:
        refund()
        raise


class AttemptBudgets:
    """Charges attempts before anything costly happens, and refunds those that were rightful.

    The budgets by source are in the process, so that a flood writes nothing: they multiply with
    the number of processes. All others are in the store. A ``charge_`` method records a refused
    attempt, at most once for each budget and window. A ``may_`` method records nothing.
    """

    def __init__(
        self,
        *,
        login_throttle: LoginThrottle,
        source_throttle: Throttle,
        throttle_records: ThrottleRecords,
        clock: Clock,
        session_policy: SessionPolicy,
        source_policy: SourcePolicy,
        account_policy: AccountPolicy,
    ) -> None:
        self._login_throttle = login_throttle
        self._source_throttle = source_throttle
        self._throttle_records = throttle_records
        self._clock = clock
        self._session_policy = session_policy
        self._source_policy = source_policy
        self._account_policy = account_policy

    def charge_login(self, identity: str, *, owner: Callable[[], str | None]) -> Charge:
        """Charge the budget of a name or a device, such as ``id:ada``.

        ``owner`` finds the customer whom ``identity`` names, with one read at most, or None. It is
        called only if a refusal is recorded.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        return self._charge(
            self._login_throttle,
            identity,
            self._session_policy.login_rate_limit,
            _Refusal("login", "Login refused: too many attempts.", owner),
        )

    def charge_source(self, source: str | None) -> Charge | None:
        """Charge a failed login to ``source`` in advance; None if nothing limits it.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        message = "Login refused: too many failures from one source."
        refusal = _Refusal("login", message)
        return self._charge_source("failures", source, self._source_policy.failures, refusal)

    def charge_registration(self, source: str | None) -> Charge | None:
        """Charge the registration of a customer to ``source``; None if nothing limits it.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        message = "Registration refused: too many from one source."
        refusal = _Refusal("add_customer", message)
        rate_limit = self._source_policy.registrations
        return self._charge_source("registrations", source, rate_limit, refusal)

    def charge_mail(self, kind: NotificationKind, identity: str, source: str | None) -> None:
        """Charge a mail with a link to ``source``, and to the name that it is asked for under.

        A charge is never refunded: whether a mail was sent shows in nothing. Each kind of link has
        a budget of its own under a name. Otherwise a stranger could ask for a link that sends
        nothing, and so keep a customer from asking for the one that the customer needs.

        Raises:
            TooManyAttemptsError: one of the budgets is used up.
        """
        from_source = _Refusal("request_mail", "Mail refused: too many from one source.")
        self._charge_source("mails", source, self._source_policy.mails, from_source)
        under_name = _Refusal("request_mail", "Mail refused: too many under one name.")
        rate_limit = self._account_policy.mails
        self._charge(self._login_throttle, f"mail:{kind}:{identity}", rate_limit, under_name)

    def charge_email_change(self, customer_id: str) -> None:
        """Charge a request for another address to the customer.

        It bounds the mail to strangers, and how many addresses a session can try.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        message = "Change of the address refused: too many."
        refusal = _Refusal("change_email", message, lambda: customer_id)
        rate_limit = self._account_policy.email_changes
        self._charge(self._login_throttle, f"change:{customer_id}", rate_limit, refusal)

    def charge_export(self, customer_id: str) -> None:
        """Charge an export of the own data to the customer.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        refusal = _Refusal("export", "Export refused: too many.", lambda: customer_id)
        rate_limit = self._account_policy.exports
        self._charge(self._login_throttle, f"export:{customer_id}", rate_limit, refusal)

    def may_notify(self, customer_id: str) -> bool:
        """Whether the customer may be told now that someone uses the address; charges it if so."""
        return self._try_charge(f"notice:{customer_id}", self._account_policy.notices)

    def may_send_link(self, kind: NotificationKind, email_key: str, *, held: bool) -> bool:
        """Whether a link may be mailed to the address with this key now; charges it if so.

        Many customers can name one address. So the links to it are bounded too, whatever the names
        that they were asked for under. ``held`` says whether the customer holds the address. The
        holder has a budget apart, which the others cannot use up. A use case asks in the
        background, so no caller learns it.
        """
        identity = f"{kind}:held:{email_key}" if held else f"{kind}:{email_key}"
        return self._try_charge(identity, self._account_policy.mails)

    def refund_login(self, charge: Charge) -> None:
        """Take the attempt back. A refund that the store does not take is lost.

        It has a deadline of its own. Otherwise a slow store, which uses up the time of the use
        case, would lock customers out who have the right password.
        """
        with suppress(StoreUnavailableError, StoreFaultError), own_use_case():
            self._login_throttle.refund(charge, self._clock.now())

    def refund_source(self, charge: Charge | None) -> None:
        """Take back what ``charge_source`` or ``charge_registration`` returned."""
        if charge is not None:
            self._source_throttle.refund(charge, self._clock.now())

    @contextmanager
    def refund_login_on_error(self, charge: Charge) -> Generator[None]:
        """Take the attempt back if the block raises, unless it raises LoginRefusedError."""
        with _on_error_except((LoginRefusedError,), lambda: self.refund_login(charge)):
            yield

    @contextmanager
    def refund_source_on_error(self, charge: Charge | None) -> Generator[None]:
        """Take back an attempt that failed for a reason that is not the caller's.

        A refused login or token counts, and so does a registration whose id, address, password or
        ``Idempotency-Key`` is refused.
        """
        with _on_error_except(_CALLERS_ERRORS, lambda: self.refund_source(charge)):
            yield

    def _try_charge(self, identity: str, rate_limit: RateLimit) -> bool:
        attempt = Attempt.of(identity, at=self._clock.now(), rate_limit=rate_limit)
        try:
            self._login_throttle.charge(attempt)
        except TooManyAttemptsError:
            return False
        return True

    def _charge_source(
        self, kind: str, source: str | None, rate_limit: RateLimit | None, refusal: _Refusal
    ) -> Charge | None:
        if source is None or rate_limit is None:
            return None
        with request_from(source):
            # A subscriber can use every address of an IPv6 network, so the network has one budget.
            identity = f"{kind}:{source_of(source)}"
            return self._charge(self._source_throttle, identity, rate_limit, refusal)

    def _charge(
        self, throttle: Throttle, identity: str, rate_limit: RateLimit, refusal: _Refusal
    ) -> Charge:
        attempt = Attempt.of(identity, at=self._clock.now(), rate_limit=rate_limit)
        try:
            return throttle.charge(attempt)
        except TooManyAttemptsError as error:
            self._throttle_records.keep(
                attempt, refusal.operation_name, refusal.message, owner=refusal.owner
            )
            kind = identity.partition(":")[0]
            raise TooManyAttemptsError(error.retry_after, budget=kind) from error
