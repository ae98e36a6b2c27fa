"""The use cases of open sessions: log out, list the sessions, end all sessions."""

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
    """Lists and ends sessions. It also offers ``login`` and ``check_session``.

    A caller passes the faults that it found in the same input, such as an unknown field, as
    ``found``. They are raised together with those that the use case finds.

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
        """As ``LoginService.login``."""
        return self._login_service.login(
            password=password, customer_id=customer_id, email=email, found=found
        )

    def check_session(self, context_id: str | None, *, customer_id: str | None = None) -> Session:
        """As ``SessionCheckService.check_session``."""
        return self._session_check.check_session(context_id, customer_id=customer_id)

    def logout(self, context_id: str | None, *, customer_id: str | None = None) -> str:
        """End the session that ``context_id`` opens. A caller who has it may end the session.

        Returns:
            The customer's id.

        Raises:
            SessionRefusedError: the ``context_id`` is missing or malformed, or opens no live
                session (UNKNOWN).
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
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            CustomerNotFoundError: there is no such customer.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "list_sessions", customer_id)
        stored = self._sessions.get_with_sessions(customer_id)
        if stored is None:
            raise CustomerNotFoundError(customer_id)
        live = LiveBounds(self._clock.now(), self._policy.max_lifetime)
        sessions = (
            session.capped(self._policy.max_lifetime)
            for session in stored.sessions
            if live.include(session)
        )
        return tuple(sorted(sessions, key=attrgetter("issued_at")))

    def end_sessions(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> None:
        """End every session of a customer, for an admin or the customer.

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            CustomerNotFoundError: there is no such customer.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "end_sessions", customer_id)
        record = self._audit_trail.record(
            "end_sessions", customer_id, "All sessions ended.", actor_id=actor.customer_id
        )
        if not self._sessions.close_all(customer_id, record):
            raise CustomerNotFoundError(customer_id)
