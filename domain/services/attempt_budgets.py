"""The budgets that bound guessing: by name, by device and by source."""

from contextlib import suppress

from ...ports.clock import Clock
from ...ports.login_throttle import LoginThrottle
from ...ports.throttle import Throttle
from ..attempt import Attempt
from ..errors import StoreFaultError, StoreUnavailableError, TooManyAttemptsError
from ..policy import SessionPolicy, SourcePolicy
from ..rate_limit import RateLimit


class AttemptBudgets:
    """Charges attempts before anything costly happens, and refunds those that were rightful.

    The budgets by name and by device are in the store. The budgets by source are in the process,
    so that a flood writes nothing: they multiply with the number of processes.
    """

    def __init__(
        self,
        *,
        login_throttle: LoginThrottle,
        source_throttle: Throttle,
        clock: Clock,
        session_policy: SessionPolicy,
        source_policy: SourcePolicy,
    ) -> None:
        self._login_throttle = login_throttle
        self._source_throttle = source_throttle
        self._clock = clock
        self._session_policy = session_policy
        self._source_policy = source_policy

    def charge_login(self, identity: str) -> Attempt:
        """Charge the budget of a name or a device, such as ``id:ada``.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        rate_limit = self._session_policy.login_rate_limit
        return self._charge(self._login_throttle, identity, rate_limit)

    def charge_source(self, source: str | None) -> Attempt | None:
        """Charge a failed login to ``source`` in advance; None if nothing limits it.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        return self._charge_source("failures", source, self._source_policy.failures)

    def charge_registration(self, source: str | None) -> Attempt | None:
        """Charge the registration of a customer to ``source``; None if nothing limits it.

        Raises:
            TooManyAttemptsError: the budget is used up.
        """
        return self._charge_source("registrations", source, self._source_policy.registrations)

    def refund_login(self, attempt: Attempt) -> None:
        """Take the attempt back. A refund that the store does not take is lost."""
        with suppress(StoreUnavailableError, StoreFaultError):
            self._login_throttle.refund(attempt, self._clock.now())

    def refund_source(self, attempt: Attempt | None) -> None:
        """Take back what ``charge_source`` or ``charge_registration`` returned."""
        if attempt is not None:
            self._source_throttle.refund(attempt, self._clock.now())

    def _charge_source(
        self, kind: str, source: str | None, rate_limit: RateLimit | None
    ) -> Attempt | None:
        if source is None or rate_limit is None:
            return None
        return self._charge(self._source_throttle, f"{kind}:{source}", rate_limit)

    def _charge(self, throttle: Throttle, identity: str, rate_limit: RateLimit) -> Attempt:
        attempt = Attempt.of(identity, at=self._clock.now(), rate_limit=rate_limit)
        retry_after = throttle.charge(attempt)
        if retry_after:
            raise TooManyAttemptsError(retry_after, budget=identity.partition(":")[0])
        return attempt
