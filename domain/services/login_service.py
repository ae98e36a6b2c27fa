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
from .conflict import ATTEMPTS
from .emails import Emails
from .passwords import Passwords


class LoginService:
    """Opens sessions for customers who know their password."""

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

        Faults that the caller found in the same input, passed as ``found``, are raised together
        with those that are found here.

        Raises:
            InvalidInputError: not exactly one of the two, or one that could be nobody's.
            TooManyAttemptsError: the throttle is at its limit; the password was not looked at.
            LoginRefusedError: unknown, deleted, or another password: one answer, one cost.
            VersionConflictError: five times in a row others changed the list of sessions first.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: an operator has to mend the store.
        """
        address = self._check_input(password, customer_id, email, found)
        attempt = self._charge(f"id:{customer_id}" if email is None else f"email:{address.key}")
        if email is not None:
            customer_id = self._customers.find_id_by_email(address.key)
        # Where nobody has that address, one read happens all the same: one cost in time.
        account = self._sessions.account(customer_id or ANYONE)
        stored_hash = None if account is None else account.customer.password_hash
        verified, new_hash = self._passwords.verify_and_update(password, stored_hash)
        if not verified or account is None:
            # Who knows what a stranger types where the id belongs: a password, perhaps.
            self._refuse(ANYONE if account is None else account.customer.customer_id)
        result = self._open_verified(account, new_hash)
        # The session is open; a charge too many for one window does no harm.
        with suppress(StoreUnavailableError, StoreFaultError):
            self._login_throttle.refund(attempt)
        return result

    def _check_input(
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

    def _open_verified(self, account: CustomerWithSessions, new_hash: str | None) -> LoginResult:
        """Open a session, now that the password of ``account`` is known to be right."""
        verified = account.customer
        conflicts = 0
        while True:
            try:
                return self._open(account, new_hash)
            except VersionConflictError:
                account = self._read_again(verified)
                conflicts += 1
                if conflicts == ATTEMPTS:
                    raise

    def _read_again(self, verified: Customer) -> CustomerWithSessions:
        """The customer as stored now, whose password must still be the one that was verified."""
        account = self._sessions.account(verified.customer_id)
        # A login that verified the old password must not win after the change.
        if account is None or account.customer.password_version != verified.password_version:
            self._refuse(verified.customer_id)
        return account

    def _open(self, account: CustomerWithSessions, new_hash: str | None) -> LoginResult:
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
        opening = plan_opening(account, session, self._policy, password_hash=new_hash)
        self._sessions.open(opening, record)
        return LoginResult(context_id.secret, session)
