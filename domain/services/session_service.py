"""The use cases of open sessions: logout, list, end all."""

from collections.abc import Iterable
from operator import attrgetter

from ...ports.clock import Clock
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..errors import CustomerNotFoundError, FieldFault, RefusalReason, SessionRefusedError
from ..fields import require_customer_id
from ..policy import SessionPolicy
from ..session import ContextId, LiveBounds, LoginResult, Session
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .login_service import LoginService
from .session_check_service import SessionCheckService


class SessionService:
    """Lists and ends sessions. ``login`` and ``check_session`` are those of its collaborators.

    A caller that has found faults in the same input itself, such as a field that there is not,
    passes them as ``found``: they are raised together with those that the use case finds.

    Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        login_service: LoginService,
        session_check: SessionCheckService,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        clock: Clock,
        policy: SessionPolicy,
    ) -> None:
        self._sessions = sessions
        self._login_service = login_service
        self._session_check = session_check
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._clock = clock
        self._policy = policy

    def login(
        self,
        *,
        password: str,
        customer_id: str | None = None,
        email: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> LoginResult:
        """Open a session: ``LoginService.login``."""
        return self._login_service.login(
            password=password, customer_id=customer_id, email=email, found=found
        )

    def check_session(self, context_id: str | None, *, customer_id: str | None = None) -> Session:
        """Say whose live session ``context_id`` is: ``SessionCheckService.check_session``."""
        return self._session_check.check_session(context_id, customer_id=customer_id)

    def logout(self, context_id: str | None, *, customer_id: str | None = None) -> str:
        """End the session that ``context_id`` opens; whoever holds it is its owner.

        Returns:
            The customer's id.

        Raises:
            SessionRefusedError: missing, malformed, or no live session (UNKNOWN).
        """
        claimed = ContextId.parse_pair(context_id, customer_id)
        record = self._audit_trail.record(
            "logout", claimed.customer_id, "Logged out.", actor_id=claimed.customer_id
        )
        live = LiveBounds(record.at, self._policy.max_lifetime)
        if not self._sessions.close(claimed.customer_id, claimed.session_id, live, record):
            raise SessionRefusedError(RefusalReason.UNKNOWN)
        return claimed.customer_id

    def list_sessions(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> tuple[Session, ...]:
        """The live sessions of a customer, oldest first, for an admin or the customer.

        Raises:
            InvalidInputError: this cannot be a ``customer_id``.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            CustomerNotFoundError: there is none.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "list_sessions", customer_id)
        account = self._sessions.get_with_sessions(customer_id)
        if account is None:
            raise CustomerNotFoundError(customer_id)
        live = LiveBounds(self._clock.now(), self._policy.max_lifetime)
        sessions = (
            session.capped(self._policy.max_lifetime)
            for session in account.sessions
            if live.include(session)
        )
        return tuple(sorted(sessions, key=attrgetter("issued_at")))

    def end_sessions(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> None:
        """End every session of a customer, for an admin or the customer.

        Raises:
            InvalidInputError: this cannot be a ``customer_id``.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            CustomerNotFoundError: there is none.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "end_sessions", customer_id)
        record = self._audit_trail.record(
            "end_sessions", customer_id, "All sessions ended.", actor_id=actor.customer_id
        )
        if not self._sessions.close_all(customer_id, record):
            raise CustomerNotFoundError(customer_id)
