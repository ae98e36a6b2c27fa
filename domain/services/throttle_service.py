"""The use case that unlocks a customer."""

from collections.abc import Iterable

from ...ports.clock import Clock
from ...ports.login_throttle import MAX_RESET, LoginThrottle
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..attempt import attempt_key
from ..budget_names import device_budget, name_budget_keys
from ..errors import CustomerNotFoundError, FieldFault
from ..fields import require_customer_id
from .audit_trail import AuditTrail
from .authorizer import Authorizer


class ThrottleService:
    """Lets a customer log in again whose failed logins have used up a budget."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        login_throttle: LoginThrottle,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._login_throttle = login_throttle
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._clock = clock

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
        stored = self._sessions.get_with_sessions(customer_id, now=self._clock.now())
        if stored is None:
            raise CustomerNotFoundError(customer_id)
        keys = [
            *name_budget_keys(customer_id, stored.customer.email_key),
            *(attempt_key(device_budget(device.device_id)) for device in stored.devices),
        ]
        for first in range(0, len(keys), MAX_RESET):
            record = self._audit_trail.record(
                "unlock", customer_id, "Customer unlocked.", actor_id=actor.customer_id
            )
            self._login_throttle.reset(keys[first : first + MAX_RESET], record)
