"""The budgets that bound guessing: by name, by device and by source."""

from collections.abc import Callable
from contextlib import suppress

from ...ports.clock import Clock
from ...ports.login_throttle import LoginThrottle
from ...ports.throttle import Throttle
from ..attempt import Attempt, Charge
from ..errors import StoreFaultError, StoreUnavailableError, TooManyAttemptsError
from ..policy import SessionPolicy, SourcePolicy
from ..rate_limit import RateLimit
from ..request_context import request_from
from .throttle_records import ThrottleRecords


class AttemptBudgets:
    """Charges attempts before anything costly happens, and refunds those that were rightful.

    The budgets by name and by device are in the store. The budgets by source are in the process,
    so that a flood writes nothing: they multiply with the number of processes. A refused attempt
    has an audit record, at most one for each budget and window.
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
    ) -> None:
        self._login_throttle = login_throttle
        self._source_throttle = source_throttle
        self._throttle_records = throttle_records
        self._clock = clock
        self._session_policy = session_policy
        self._source_policy = source_policy

    def charge_login(
        self, identity: str, *, owner: Callable[[], str | None] = lambda: None
    ) -> Charge:
        """Charge the budget of a name or a device, such as ``id:ada``.

        ``owner`` finds the customer whom ``identity`` names, with one read at most, or None. It is
        called only if a refusal is recorded.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        rate_limit = self._session_policy.login_rate_limit
        attempt = self._attempt(identity, rate_limit)
        try:
            return self._login_throttle.charge(attempt)
        except TooManyAttemptsError:
            message = "Login refused: too many attempts."
            self._throttle_records.keep(attempt, "login", message, owner=owner)
            raise

    def charge_source(self, source: str | None) -> Charge | None:
        """Charge a failed login to ``source`` in advance; None if nothing limits it.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        if source is None or self._source_policy.failures is None:
            return None
        attempt = self._attempt(f"failures:{source}", self._source_policy.failures)
        message = "Login refused: too many failures from one source."
        return self._charge_source(attempt, source, "login", message)

    def charge_registration(self, source: str | None) -> Charge | None:
        """Charge the registration of a customer to ``source``; None if nothing limits it.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        if source is None or self._source_policy.registrations is None:
            return None
        attempt = self._attempt(f"registrations:{source}", self._source_policy.registrations)
        message = "Registration refused: too many from one source."
        return self._charge_source(attempt, source, "add_customer", message)

    def refund_login(self, charge: Charge) -> None:
        """Take the attempt back. A refund that the store does not take is lost."""
        with suppress(StoreUnavailableError, StoreFaultError):
            self._login_throttle.refund(charge, self._clock.now())

    def refund_source(self, charge: Charge | None) -> None:
        """Take back what ``charge_source`` or ``charge_registration`` returned."""
        if charge is not None:
            self._source_throttle.refund(charge, self._clock.now())

    def _charge_source(
        self, attempt: Attempt, source: str, operation_name: str, message: str
    ) -> Charge:
        try:
            return self._source_throttle.charge(attempt)
        except TooManyAttemptsError:
            # The budget is the source's, so the record belongs to no customer.
            with request_from(source):
                self._throttle_records.keep(attempt, operation_name, message)
            raise

    def _attempt(self, identity: str, rate_limit: RateLimit) -> Attempt:
        return Attempt.of(identity, at=self._clock.now(), rate_limit=rate_limit)
