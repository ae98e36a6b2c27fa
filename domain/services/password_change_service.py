"""The use case of changing the own password."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.session_repository import SessionRepository
from ..budget_names import device_budget, id_budget, name_budget_keys
from ..customer import Customer
from ..customer_update import CustomerUpdate
from ..device import Device, DeviceToken, device_token_fault
from ..errors import (
    CustomerNotFoundError,
    FieldFault,
    RefusalReason,
    SessionRefusedError,
    VersionConflictError,
    WrongPasswordError,
)
from ..fields import Faults
from ..notification import NotificationKind
from ..request_context import request_from
from ..session import CustomerWithSessions, LoginResult, Session
from ..use_case import use_cases
from .attempt_budgets import AttemptBudgets
from .audit_trail import AuditTrail
from .conflict import retry_after_conflict
from .mailer import Mailer
from .new_password import own_words
from .new_sessions import NewSessions
from .passwords import Passwords


@dataclass(frozen=True, slots=True)
class _Request:
    """The two passwords, and where the customer asks from."""

    password: str = field(repr=False)
    new_password: str = field(repr=False)
    device_token: DeviceToken | None
    source: str | None
    user_agent: str | None


@use_cases
class PasswordChangeService:
    """Changes a customer's own password (OWASP ASVS 5.0, 6.2.2, 6.2.3 and 7.4.3)."""

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        sessions: SessionRepository,
        new_sessions: NewSessions,
        audit_trail: AuditTrail,
        budgets: AttemptBudgets,
        passwords: Passwords,
        mailer: Mailer,
        clock: Clock,
    ) -> None:
        self._customers = customers
        self._sessions = sessions
        self._new_sessions = new_sessions
        self._audit_trail = audit_trail
        self._budgets = budgets
        self._passwords = passwords
        self._mailer = mailer
        self._clock = clock

    def change_password(
        self,
        *,
        actor: Session,
        password: str,
        new_password: str,
        device_token: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> LoginResult:
        """Replace the present ``password`` by ``new_password``, and open a new session.

        One update ends every session, also that of ``actor``, forgets every other device, and
        stores the new session. The attempt is charged like a login. ``device_token`` names the
        device that stays known. The result has a new token if it is None or not known.

        Raises:
            InvalidInputError: names every argument that breaks a rule.
            TooManyAttemptsError: the budget of the source, the id or the device is used up.
            ServiceBusyError: too many passwords wait to be hashed. Nothing was counted.
            WrongPasswordError: ``password`` is not the present one.
            CustomerNotFoundError: the customer was deleted after the session was checked.
            SessionRefusedError: the session has ended since it was checked (REVOKED).
            VersionConflictError: in five attempts in a row, another change came first.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        faults = Faults(found)
        faults.note("password", self._passwords.shape_fault(password))
        faults.note("new_password", self._passwords.shape_fault(new_password))
        if new_password == password:
            faults.note("new_password", "is the present password; choose another")
        if device_token is not None:
            faults.note("device_token", device_token_fault(device_token))
        faults.raise_if_any()
        token = None if device_token is None else DeviceToken(device_token)
        request = _Request(password, new_password, token, source, user_agent)

        stored = self._read(actor)
        self._require_acceptable(new_password, stored.customer)
        failure = self._budgets.charge_source(source)
        with self._budgets.refund_source_on_error(failure), request_from(source):
            self._passwords.require_unbreached(new_password, field="new_password")
            result = self._verify_and_change(actor, stored, request)
        self._budgets.refund_source(failure)
        self._mailer.tell_later(NotificationKind.PASSWORD_CHANGED, stored.customer)
        return result

    def _require_acceptable(self, new_password: str, customer: Customer) -> None:
        """Raise InvalidInputError if ``new_password`` breaks a rule of new passwords."""
        faults = Faults()
        words = own_words(customer)
        fault = self._passwords.new_password_fault(new_password, own_words=words)
        faults.note("new_password", fault)
        faults.raise_if_any()

    def _verify_and_change(
        self, actor: Session, stored: CustomerWithSessions, request: _Request
    ) -> LoginResult:
        customer = stored.customer
        device = request.device_token
        if device is not None and not stored.knows(device.device_id):
            device = None
        known_device = device is not None
        with self._passwords.hashing(source=request.source, known_device=known_device) as hashing:
            charge = self._budgets.charge_login(
                id_budget(customer.customer_id)
                if device is None
                else device_budget(device.device_id),
                owner=lambda: customer.customer_id,
            )
            with self._budgets.refund_login_on_error(charge):
                if not hashing.verify(request.password, customer.password_hash):
                    self._refuse(customer.customer_id)
                password_hash = hashing.hash(request.new_password)
        device = device or self._new_sessions.new_device()
        with self._budgets.refund_login_on_error(charge):
            try:
                result = self._change(customer, device, password_hash, request)
            except VersionConflictError:
                result = retry_after_conflict(
                    self._read_and_change, actor, device, password_hash, request
                )
        if known_device:
            # The change makes the budgets of the names full, but not that of the device.
            self._budgets.refund_login(charge)
        return result

    def _refuse(self, customer_id: str) -> NoReturn:
        self._audit_trail.refuse(
            "change_password",
            customer_id,
            "Password change refused.",
            actor_id=customer_id,
            status_code=403,
        )
        raise WrongPasswordError

    def _read_and_change(
        self, actor: Session, device: DeviceToken, password_hash: str, request: _Request
    ) -> LoginResult:
        """Read the customer again. A changed password has ended the session of ``actor``."""
        stored = self._read(actor)
        return self._change(stored.customer, device, password_hash, request)

    def _change(
        self, customer: Customer, device: DeviceToken, password_hash: str, request: _Request
    ) -> LoginResult:
        result = self._new_sessions.make(customer, device)
        session = result.session
        record = self._audit_trail.record_opening(
            "change_password",
            session,
            "Password changed.",
            user_agent=request.user_agent,
            fields=("password",),
        )
        update = CustomerUpdate(
            customer_id=customer.customer_id,
            if_version=customer.version,
            password_hash=password_hash,
            session=session,
            device=Device(device.device_id, session.issued_at.replace(microsecond=0)),
            reset_budgets=name_budget_keys(customer.customer_id, customer.email_key),
        )
        self._customers.update(update, record)
        return result

    def _read(self, actor: Session) -> CustomerWithSessions:
        """The customer with sessions and devices. The session ``actor`` must not have ended.

        Raises:
            CustomerNotFoundError: the customer was deleted.
            SessionRefusedError: the session has ended.
        """
        stored = self._sessions.get_with_sessions(actor.customer_id, now=self._clock.now())
        if stored is None:
            raise CustomerNotFoundError(actor.customer_id)
        if all(session.session_id != actor.session_id for session in stored.sessions):
            raise SessionRefusedError(RefusalReason.REVOKED)
        return stored
