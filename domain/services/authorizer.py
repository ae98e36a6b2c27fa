"""Decides which actor may do which operation."""

from ...ports.clock import Clock
from ..actor import ADMIN, Actor
from ..errors import ForbiddenError, LoginRequiredError, SelfRemovalError
from ..policy import AccountPolicy
from ..session import Session
from .audit_trail import AuditTrail


class Authorizer:
    """Admits an actor, or refuses and records the refusal (OWASP ASVS 5.0, 16.3.2)."""

    def __init__(self, audit_trail: AuditTrail, clock: Clock, policy: AccountPolicy) -> None:
        self._audit_trail = audit_trail
        self._clock = clock
        self._policy = policy

    def require_admin(self, actor: Actor, operation_name: str, customer_id: str) -> None:
        """Raise ForbiddenError unless ``actor`` is an admin."""
        if ADMIN not in actor.roles:
            self._refuse(actor, operation_name, customer_id, f"Refused: needs the role {ADMIN}.")
            raise ForbiddenError(ADMIN)

    def require_another_admin(self, actor: Actor, operation_name: str, customer_id: str) -> None:
        """Raise ForbiddenError unless ``actor`` is an admin, and not this customer.

        An admin who could delete or demote themselves could leave the shop without one.

        Raises:
            SelfRemovalError: ``actor`` is an admin, and this customer.
        """
        self.require_admin(actor, operation_name, customer_id)
        if actor.customer_id == customer_id:
            self._refuse(actor, operation_name, customer_id, "Refused: needs another admin.")
            raise SelfRemovalError(ADMIN)

    def require_self_or_admin(self, actor: Actor, operation_name: str, customer_id: str) -> None:
        """Raise ForbiddenError unless ``actor`` is this customer or an admin."""
        if actor.customer_id != customer_id:
            self.require_admin(actor, operation_name, customer_id)

    def require_recent_login(self, actor: Actor, operation_name: str, customer_id: str) -> None:
        """Raise LoginRequiredError if ``actor`` is this customer, and logged in some time ago.

        So a stolen session is not enough for a sensitive operation (OWASP ASVS 5.0, 7.5.1). The
        rule is about the own account. It asks nothing of the operator, or of an admin who works on
        another customer.
        """
        if not isinstance(actor, Session) or actor.customer_id != customer_id:
            return
        within = self._policy.recent_login
        if self._clock.now() - actor.issued_at > within:
            self._refuse(actor, operation_name, customer_id, "Refused: needs a recent login.")
            raise LoginRequiredError(int(within.total_seconds()))

    def _refuse(self, actor: Actor, operation_name: str, customer_id: str, message: str) -> None:
        self._audit_trail.refuse(
            operation_name, customer_id, message, actor_id=actor.customer_id, status_code=403
        )
