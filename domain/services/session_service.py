"""The use cases of sessions: login, session check, logout."""

from collections.abc import Iterable
from contextlib import suppress
from operator import attrgetter
from typing import NoReturn

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.email_syntax import EmailSyntax
from ...ports.login_throttle import LoginThrottle
from ...ports.password_hasher import PasswordHasher
from ...ports.random_source import RandomSource
from ...ports.session_repository import SessionRepository
from ..actor import Actor
from ..customer import EmailAddress
from ..errors import (
    CustomerNotFoundError,
    FieldFault,
    LoginRefusedError,
    RefusalReason,
    SessionRefusedError,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ..fields import Faults, customer_id_fault, require_customer_id
from ..login_attempt import LoginAttempt
from ..policy import SessionPolicy
from ..session import (
    SECRET_BYTES,
    ContextId,
    CustomerWithSessions,
    LiveBounds,
    LoginResult,
    Session,
)
from ..session_opening import plan_opening
from .audit_trail import ANYONE, AuditTrail
from .authorizer import Authorizer
from .conflict import retry_on_conflict
from .email_field import parse_email
from .password_rules import PasswordRules
from .session_check_service import SessionCheckService


class SessionService:
    """Opens sessions, says whose they are, and ends them.

    A caller that has found faults in the same input itself, such as a field that there is not,
    passes them as ``found``: they are raised together with those that the use case finds.

    Every method may also raise StoreUnavailableError and StoreFaultError.
    """

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        session_check: SessionCheckService,
        customers: CustomerRepository,
        login_throttle: LoginThrottle,
        audit_trail: AuditTrail,
        authorizer: Authorizer,
        password_hasher: PasswordHasher,
        password_rules: PasswordRules,
        email_syntax: EmailSyntax,
        random_source: RandomSource,
        clock: Clock,
        policy: SessionPolicy,
        unique_email: bool = True,
    ) -> None:
        self._sessions = sessions
        self._session_check = session_check
        self._customers = customers
        self._login_throttle = login_throttle
        self._audit_trail = audit_trail
        self._authorizer = authorizer
        self._password_hasher = password_hasher
        self._password_rules = password_rules
        self._email_syntax = email_syntax
        self._random_source = random_source
        self._clock = clock
        self._policy = policy
        self._unique_email = unique_email

    def login(
        self,
        *,
        password: str,
        customer_id: str | None = None,
        email: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> LoginResult:
        """Open a session for the customer that ``customer_id`` or ``email`` names.

        Raises:
            InvalidInputError: not exactly one of the two, or one that could be nobody's.
            TooManyAttemptsError: the throttle is at its limit; the password was not looked at.
            LoginRefusedError: unknown, deleted, or another password: one answer, one cost.
            VersionConflictError: five times in a row others changed the list of sessions first.
        """
        address = self._check_login(password, customer_id, email, found)
        identity = f"id:{customer_id}" if email is None else f"email:{address.key}"
        attempt = self._charge(identity)
        if email is not None:
            customer_id = self._customers.find_id_by_email(address.key)
        # Where nobody has that address, one read happens all the same: one cost in time.
        customer_id = customer_id or ANYONE
        account = self._sessions.account(customer_id)
        stored = None if account is None else account.customer.password_hash
        if not self._password_hasher.verify(password, stored) or account is None:
            # Who knows what a stranger types where the id belongs: a password, perhaps.
            self._refuse_login(ANYONE if account is None else customer_id)
        result = self._open_verified(account, password)
        # The session is open; a charge too many for one window does no harm.
        with suppress(StoreUnavailableError, StoreFaultError):
            self._login_throttle.refund(attempt)
        return result

    def check_session(self, context_id: str | None, *, customer_id: str | None = None) -> Session:
        """Say whose live session ``context_id`` is. One read; effective at once after a logout.

        Args:
            context_id: what the caller sent, whatever it is.
            customer_id: where the caller sent the pair, whose the session must be.

        Raises:
            SessionRefusedError: missing, malformed, unknown, expired or revoked.
        """
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
        account = self._sessions.account(customer_id)
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

    def _check_login(
        self,
        password: object,
        customer_id: object,
        email: object,
        found: Iterable[FieldFault],
    ) -> EmailAddress:
        """The address given, if it was one; raises unless the input could be somebody's."""
        faults = Faults(found)
        address = EmailAddress("", "")
        if (customer_id is None) == (email is None):
            # A fault that the caller found means that one was given, and could not be read.
            if "customer_id" not in faults and "email" not in faults:
                faults.note("customer_id", "must be given, or email, and only one of them")
        elif customer_id is not None:
            faults.note("customer_id", customer_id_fault(customer_id))
        elif self._unique_email:
            address = parse_email(email, self._email_syntax, faults)
        else:
            faults.note("email", "cannot be used to log in, since customers here may share one")
        faults.note("password", self._password_rules.shape_fault(password))
        faults.raise_if_any()
        return address

    def _charge(self, identity: str) -> LoginAttempt:
        now = self._clock.now()
        attempt = LoginAttempt.at(
            now,
            identity=identity,
            limit=self._policy.login_attempts,
            window_seconds=self._policy.login_window_seconds,
        )
        if not self._login_throttle.charge(attempt):
            raise TooManyAttemptsError(attempt.retry_after(now))
        return attempt

    def _refuse_login(self, customer_id: str) -> NoReturn:
        self._audit_trail.refuse("login", customer_id, "Login refused.", status_code=401)
        raise LoginRefusedError

    def _open_verified(self, account: CustomerWithSessions, password: str) -> LoginResult:
        """Open a session, now that the password is known to be right."""
        verified = account.customer
        rehashed = None
        if self._password_hasher.needs_rehash(verified.password_hash):
            rehashed = self._password_hasher.hash(password)

        def change() -> LoginResult:
            nonlocal account
            try:
                return self._open(account, rehashed)
            except VersionConflictError:
                again = self._sessions.account(verified.customer_id)
                # A login that verified the old password must not win after the change.
                if again is None or again.customer.password_version != verified.password_version:
                    self._refuse_login(verified.customer_id)
                account = again
                raise

        return retry_on_conflict(change)

    def _open(self, account: CustomerWithSessions, rehashed: str | None) -> LoginResult:
        customer = account.customer
        now = self._clock.now()
        random = self._random_source.token_bytes(SECRET_BYTES)
        context_id = ContextId.new(customer.customer_id, random)
        session = Session(
            session_id=context_id.session_id,
            customer_id=customer.customer_id,
            roles=customer.roles,
            issued_at=now,
            expires_at=now + min(self._policy.idle, self._policy.max_lifetime),
        )
        record = self._audit_trail.record(
            "login", customer.customer_id, "Logged in.", actor_id=customer.customer_id, at=now
        )
        opening = plan_opening(account, session, self._policy, password_hash=rehashed)
        self._sessions.open(opening, record)
        return LoginResult(context_id.secret, session)
