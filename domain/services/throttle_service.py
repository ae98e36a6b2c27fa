"""The use cases of a customer's lock-out: see it, and end it."""

from collections.abc import Iterable
from datetime import timedelta

from ...ports.clock import Clock
from ...ports.login_throttle import MAX_RESET, LoginThrottle
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..attempt import Attempt, attempt_key
from ..budget_names import device_budget, name_budget_keys
from ..errors import CustomerNotFoundError, FieldFault, StoreUnavailableError
from ..fields import require_customer_id
from ..lockout import Lockout, LoginName
from ..policy import SessionPolicy
from ..use_case import use_cases
from .audit_trail import AuditTrail
from .authorizer import Authorizer


@use_cases
class ThrottleService:
    """Says which budgets a customer's failed logins have used up, and makes them full."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        login_throttle: LoginThrottle,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        clock: Clock,
        policy: SessionPolicy,
    ) -> None:
        self._sessions = sessions
        self._login_throttle = login_throttle
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._clock = clock
        self._policy = policy

    def read_lockouts(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> tuple[Lockout, ...]:
        """The used up login budgets of a customer: of the id, of the address, of known devices.

        It is empty if a login is admitted now. The budgets of sources are not among them: they are
        no customer's, and in the memory of each process. Admins only. It reads each budget.

        ``found`` is as in ``unlock``.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is no admin.
            CustomerNotFoundError: there is no such customer.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_admin(actor, "get_customer", customer_id)
        names = self._budgets(customer_id)
        now, limit = self._clock.now(), self._policy.login_rate_limit
        lockouts: list[Lockout] = []
        for key, full_at in self._login_throttle.read([*names]).items():
            attempt = Attempt(key, now, limit)
            if attempt.counted_in(full_at) is None:
                until = now + timedelta(seconds=attempt.retry_after(full_at))
                lockouts.append(Lockout(names[key], until))
        return tuple(lockouts)

    def unlock(self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()) -> None:
        """Make the login budgets of a customer full. Admins only.

        These are the budgets of the id, of the address and of each known device. The audit log
        keeps a record, ``unlock``. Seven devices fit into one transaction with their names; the
        eighth takes another one, with a record of its own.

        ``found`` are faults that the caller found in the same input. They are raised together with
        those that are found here.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is no admin.
            CustomerNotFoundError: there is no such customer.
            StoreUnavailableError: the store does not answer. Unlocking again does no harm.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_admin(actor, "unlock", customer_id)
        keys = [*self._budgets(customer_id)]
        for first in range(0, len(keys), MAX_RESET):
            record = self._audit_trail.record(
                "unlock", customer_id, "Customer unlocked.", actor_id=actor.customer_id
            )
            try:
                self._login_throttle.reset(keys[first : first + MAX_RESET], record)
            except StoreUnavailableError as error:
                known = error.outcome_known and first == 0
                raise StoreUnavailableError(error.retry_after, outcome_known=known) from error

    def _budgets(self, customer_id: str) -> dict[str, LoginName]:
        """The key of each login budget of the customer, and what it counts for.

        Raises:
            CustomerNotFoundError: there is no such customer.
        """
        stored = self._sessions.get_with_sessions(customer_id, now=self._clock.now())
        if stored is None:
            raise CustomerNotFoundError(customer_id)
        names = name_budget_keys(customer_id, stored.customer.email_key)
        return {
            # A customer without an address has no second name.
            **dict(zip(names, (LoginName.CUSTOMER_ID, LoginName.EMAIL), strict=False)),
            **{
                attempt_key(device_budget(device.device_id)): LoginName.DEVICE
                for device in stored.devices
            },
        }
