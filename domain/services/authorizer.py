"""Decides which actor may do which operation."""

from ..actor import ADMIN, Actor
from ..errors import ForbiddenError, SelfRemovalError
from .audit_trail import AuditTrail


class Authorizer:
    """Admits an actor, or refuses and records the refusal (OWASP ASVS 5.0, 16.3.2)."""

    def __init__(self, audit_trail: AuditTrail) -> None:
        self._audit_trail = audit_trail

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

    def _refuse(self, actor: Actor, operation_name: str, customer_id: str, message: str) -> None:
        self._audit_trail.refuse(
            operation_name, customer_id, message, actor_id=actor.customer_id, status_code=403
        )
