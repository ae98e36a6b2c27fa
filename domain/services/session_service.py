"""The use cases of open sessions: log out, list the sessions, end some or all of them."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from ...ports.audit_log import AuditLog
from ...ports.clock import Clock
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..errors import (
    CustomerNotFoundError,
    FieldFault,
    RefusalReason,
    SessionNotFoundError,
    SessionRefusedError,
)
from ..fields import Faults, customer_id_fault, require_customer_id
from ..policy import SessionPolicy
from ..session import (
    ContextId,
    CustomerWithSessions,
    LiveBounds,
    LoginResult,
    Session,
    session_id_fault,
)
from ..session_details import SessionDetails, opening_position
from ..use_case import use_cases
from .audit_trail import AuditTrail
from .authorizer import Authorizer
from .login_service import LoginService
from .session_check_service import SessionCheckService


@use_cases
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
        audit_log: AuditLog,
        clock: Clock,
        policy: SessionPolicy,
    ) -> None:
        self._sessions = sessions
        self._login_service = login_service
        self._session_check = session_check
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._audit_log = audit_log
        self._clock = clock
        self._policy = policy

    def login(
        self,
        *,
        password: str,
        customer_id: str | None = None,
        email: str | None = None,
        device_token: str | None = None,
        context_id: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> LoginResult:
        """As ``LoginService.login``."""
        return self._login_service.login(
            password=password,
            customer_id=customer_id,
            email=email,
            device_token=device_token,
            context_id=context_id,
            source=source,
            user_agent=user_agent,
            found=found,
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
            "logout",
            claimed.customer_id,
            "Logged out.",
            actor_id=claimed.customer_id,
            session_id=claimed.session_id,
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
        return self._live(self._read(customer_id, actor, found))

    def describe_sessions(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> tuple[SessionDetails, ...]:
        """Like ``list_sessions``; each session with where it was opened, from its audit record.

        It costs one read more.
        """
        stored = self._read(customer_id, actor, found)
        return self._describe(stored, self._live(stored))

    def describe_stored(self, stored: CustomerWithSessions) -> tuple[SessionDetails, ...]:
        """Every session in ``stored``, also an expired one, with where it was opened.

        For a use case that has read the customer. It asks for no permission.
        """
        return self._describe(stored, sorted(stored.sessions, key=attrgetter("issued_at")))

    def end_session(
        self,
        customer_id: str,
        session_id: str,
        *,
        actor: Actor,
        found: Iterable[FieldFault] = (),
    ) -> None:
        """End one session of a customer, for an admin or the customer.

        The customer needs a recent login (OWASP ASVS 5.0, 7.5.2).

        Raises:
            InvalidInputError: ``customer_id`` or ``session_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            LoginRequiredError: ``actor`` is the customer, and the login was too long ago.
            SessionNotFoundError: the customer has no such live session.
        """
        faults = Faults(found)
        faults.note("customer_id", customer_id_fault(customer_id))
        faults.note("session_id", session_id_fault(session_id))
        faults.raise_if_any()
        self._authorizer.require_self_or_admin(actor, "end_session", customer_id)
        self._authorizer.require_recent_login(actor, "end_session", customer_id)
        record = self._audit_trail.record(
            "end_session",
            customer_id,
            "Session ended.",
            actor_id=actor.customer_id,
            session_id=session_id,
        )
        live = LiveBounds(record.at, self._policy.max_lifetime)
        if not self._sessions.close(customer_id, session_id, live, record):
            raise SessionNotFoundError(session_id)

    def end_other_sessions(self, session: Session) -> None:
        """End every session of the customer but ``session``, which asks for it.

        It is one update of the store. A link that was sent to prove an address works no more: a
        thief of a session may have asked for it.

        Raises:
            LoginRequiredError: the login of ``session`` was too long ago.
            SessionRefusedError: ``session`` itself has ended.
        """
        customer_id = session.customer_id
        self._authorizer.require_recent_login(session, "end_other_sessions", customer_id)
        record = self._audit_trail.record(
            "end_other_sessions", customer_id, "Other sessions ended.", actor_id=customer_id
        )
        if not self._sessions.close_others(session, record):
            raise SessionRefusedError(RefusalReason.UNKNOWN)

    def end_sessions(
        self, customer_id: str, *, actor: Actor, found: Iterable[FieldFault] = ()
    ) -> None:
        """End every session of a customer, for an admin or the customer.

        A link that was sent to prove an address works no more. The customer needs a recent login
        (OWASP ASVS 5.0, 7.5.2).

        Raises:
            InvalidInputError: ``customer_id`` is malformed.
            ForbiddenError: ``actor`` is neither an admin nor this customer.
            LoginRequiredError: ``actor`` is the customer, and the login was too long ago.
            CustomerNotFoundError: there is no such customer.
        """
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "end_sessions", customer_id)
        self._authorizer.require_recent_login(actor, "end_sessions", customer_id)
        record = self._audit_trail.record(
            "end_sessions", customer_id, "All sessions ended.", actor_id=actor.customer_id
        )
        if not self._sessions.close_all(customer_id, record):
            raise CustomerNotFoundError(customer_id)

    def _describe(
        self, stored: CustomerWithSessions, sessions: Sequence[Session]
    ) -> tuple[SessionDetails, ...]:
        positions = {session.session_id: opening_position(session) for session in sessions}
        customer_id = stored.customer.customer_id
        records = self._audit_log.find(customer_id, positions.values())
        return tuple(
            SessionDetails.of(session, records.get(positions[session.session_id]))
            for session in sessions
        )

    def _read(
        self, customer_id: str, actor: Actor, found: Iterable[FieldFault]
    ) -> CustomerWithSessions:
        require_customer_id(customer_id, found)
        self._authorizer.require_self_or_admin(actor, "list_sessions", customer_id)
        stored = self._sessions.get_with_sessions(customer_id, now=self._clock.now())
        if stored is None:
            raise CustomerNotFoundError(customer_id)
        return stored

    def _live(self, stored: CustomerWithSessions) -> tuple[Session, ...]:
        live = LiveBounds(self._clock.now(), self._policy.max_lifetime)
        sessions = (
            session.capped(self._policy.max_lifetime)
            for session in stored.sessions
            if live.include(session)
        )
        return tuple(sorted(sessions, key=attrgetter("issued_at")))
