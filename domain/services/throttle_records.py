"""Records refused attempts, at most once for each budget and window."""

import logging
from collections.abc import Callable
from typing import Final

from ...ports.throttle import Throttle
from ..attempt import Attempt
from ..errors import StoreFaultError, StoreUnavailableError, TooManyAttemptsError
from ..rate_limit import RateLimit
from .audit_trail import ANYONE, AuditTrail

LOGGER: Final = logging.getLogger("cybershop_customer.audit")

_TOO_MANY_REQUESTS: Final = 429


class ThrottleRecords:
    """Keeps an audit record of a throttled attempt (OWASP ASVS 5.0, 16.3.3).

    The first attempt that a budget refuses in a window is recorded. The others in that window
    cost no more than their counter, so a flood does not fill the audit log.

    Args:
        audit_trail: stores the records.
        recorded: notes which budgets have a record, in this process and in bounded room. With
            room for no more it may leave a record out, and never makes too many.
    """

    def __init__(self, audit_trail: AuditTrail, recorded: Throttle) -> None:
        self._audit_trail = audit_trail
        self._recorded = recorded

    def keep(
        self,
        attempt: Attempt,
        operation_name: str,
        message: str,
        *,
        owner: Callable[[], str | None],
    ) -> None:
        """Record that ``attempt`` was refused, unless its budget has a record of this window.

        ``owner`` finds the customer whose log it belongs to, with one read at most; None stands
        for no customer. The record does not hold what the caller typed. A record that the store
        does not take is lost: a flood must not wait for a store that is down.
        """
        once = RateLimit(1, attempt.rate_limit.window)
        try:
            self._recorded.charge(Attempt(attempt.key, attempt.at, once))
        except TooManyAttemptsError:
            return
        try:
            self._audit_trail.refuse(
                operation_name, owner() or ANYONE, message, status_code=_TOO_MANY_REQUESTS
            )
        except (StoreUnavailableError, StoreFaultError) as error:
            LOGGER.warning("a throttled attempt (%s) was not recorded: %s", operation_name, error)
