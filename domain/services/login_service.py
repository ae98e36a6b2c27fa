"""The use case of login."""

from collections.abc import Iterable
from contextlib import suppress
from typing import NoReturn

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.login_throttle import LoginThrottle
from ...ports.random_source import RandomSource
from ...ports.session_repository import SessionRepository
from ..customer import Customer, EmailAddress
from ..errors import (
    FieldFault,
    LoginRefusedError,
    StoreFaultError,
    StoreUnavailableError,
    TooManyAttemptsError,
    VersionConflictError,
)
from ..fields import Faults, customer_id_fault
from ..login_attempt import LoginAttempt
from ..policy import SessionPolicy
from ..session import SECRET_BYTES, ContextId, CustomerWithSessions, LoginResult, Session
from ..session_opening import plan_opening
from .audit_trail import ANYONE, AuditTrail
from .conflict import retry_after_conflict
from .emails import Emails
from .passwords import Passwords


class LoginService:
    """Verifies a customer's password and opens a session."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        customers: CustomerRepository,
        login_throttle: LoginThrottle,
        audit_trail: AuditTrail,
        passwords: Passwords,
        emails: Emails,
        random_source: RandomSource,
        clock: Clock,
        policy: SessionPolicy,
    ) -> None:
        self._sessions = sessions
        self._customers = customers
        self._login_throttle = login_throttle
        self._audit_trail = audit_trail
        self._passwords = passwords
        self._emails = emails
        self._random_source = random_source
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
        """Open a session for the customer that ``customer_id`` or ``email`` names.

        ``found`` are faults that the caller found in the same input. They are raised together
        with the faults that are found here.

        Raises:
            InvalidInputError: the input names no customer, or two, or a value is malformed.
            TooManyAttemptsError: the login throttle is at its limit. The password is not verified.
            LoginRefusedError: the customer is unknown or deleted, or the password is wrong. These
                cases have one answer and one cost.
            VersionConflictError: in five attempts in a row, another change came first.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        address = self._read_input(password, customer_id, email, found)
        attempt = self._charge(f"id:{customer_id}" if email is None else f"email:{address.key}")
        if email is not None:
            customer_id = self._customers.find_id_by_email(address.key)
        # An unknown address costs this read too, so that each refusal takes the same time.
        stored = self._sessions.get_with_sessions(customer_id or ANYONE)
        stored_hash = None if stored is None else stored.customer.password_hash
        verified, new_hash = self._passwords.verify_and_update(password, stored_hash)
        if not verified or stored is None:
            # The record omits an unknown id: the caller may have typed a password there.
            self._refuse(ANYONE if stored is None else stored.customer.customer_id)
        result = self._open_session(stored, new_hash)
        # The session is open: a lost refund must not fail the login.
        with suppress(StoreUnavailableError, StoreFaultError):
            self._login_throttle.refund(attempt)
        return result

    def _read_input(
        self,
        password: object,
        customer_id: object,
        email: object,
        found: Iterable[FieldFault],
    ) -> EmailAddress:
        """The e-mail address in the input, or an empty one if the input has an id.

        Raises:
            InvalidInputError: as ``login`` says.
        """
        faults = Faults(found)
        address = EmailAddress("", "")
        if (customer_id is None) == (email is None):
            # A fault that the caller found in one of the two shows that it was given.
            if "customer_id" not in faults and "email" not in faults:
                faults.note("customer_id", "must be given, or email, and only one of them")
        elif customer_id is not None:
            faults.note("customer_id", customer_id_fault(customer_id))
        else:
            address = self._emails.read_login(email, faults)
        faults.note("password", self._passwords.shape_fault(password))
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

    def _refuse(self, customer_id: str) -> NoReturn:
        self._audit_trail.refuse("login", customer_id, "Login refused.", status_code=401)
        raise LoginRefusedError

    def _open_session(self, stored: CustomerWithSessions, new_hash: str | None) -> LoginResult:
        """Open a session for the customer whose password was verified."""
        try:
            return self._open(stored, new_hash)
        except VersionConflictError:
            return retry_after_conflict(self._read_and_open, stored.customer, new_hash)

    def _read_and_open(self, verified: Customer, new_hash: str | None) -> LoginResult:
        """Read the customer again, and open a session unless the password has changed."""
        stored = self._sessions.get_with_sessions(verified.customer_id)
        if stored is None or stored.customer.password_version != verified.password_version:
            self._refuse(verified.customer_id)
        return self._open(stored, new_hash)

    def _open(self, stored: CustomerWithSessions, new_hash: str | None) -> LoginResult:
        customer = stored.customer
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
        opening = plan_opening(stored, session, self._policy, password_hash=new_hash)
        self._sessions.open(opening, record)
        return LoginResult(context_id.secret, session)
