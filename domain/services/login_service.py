"""The use case of login."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.session_repository import SessionRepository
from ..budget_names import device_budget
from ..customer import Customer
from ..device import DeviceToken, device_token_fault
from ..errors import FieldFault, LoginRefusedError, SessionRefusedError, VersionConflictError
from ..fields import Faults
from ..policy import SessionPolicy
from ..request_context import request_from
from ..session import ContextId, CustomerWithSessions, LoginResult
from ..session_opening import plan_opening
from ..use_case import use_cases
from .attempt_budgets import AttemptBudgets
from .audit_trail import ANYONE, AuditTrail
from .conflict import retry_after_conflict
from .emails import Emails
from .named_customers import CustomerName, read_name
from .new_sessions import NewSessions
from .passwords import Passwords


@dataclass(frozen=True, slots=True)
class _Request:
    """What a caller logs in with: an id or an address, a password, and where from."""

    name: CustomerName
    password: str = field(repr=False)
    device_token: DeviceToken | None
    source: str | None
    user_agent: str | None
    replaced: ContextId | None
    """The session that the caller presents, and that the new one takes the place of."""

    def known_device(self, stored: CustomerWithSessions | None) -> DeviceToken | None:
        """The token, if the ``stored`` customer has logged in with it before; or else None."""
        token = self.device_token
        if token is None:
            return None
        # Hashed for an unknown customer too, so that each refusal takes the same time.
        device_id = token.device_id
        return token if stored is not None and stored.knows(device_id) else None


@use_cases
class LoginService:
    """Verifies a customer's password and opens a session."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        customers: CustomerRepository,
        budgets: AttemptBudgets,
        audit_trail: AuditTrail,
        passwords: Passwords,
        emails: Emails,
        new_sessions: NewSessions,
        clock: Clock,
        policy: SessionPolicy,
    ) -> None:
        self._sessions = sessions
        self._customers = customers
        self._budgets = budgets
        self._audit_trail = audit_trail
        self._passwords = passwords
        self._emails = emails
        self._new_sessions = new_sessions
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
        """Open a session for the customer that ``customer_id`` or ``email`` names.

        A ``device_token`` is what an earlier login of this customer on the same device returned.
        Failures on a known device are counted apart, so a stranger's failures do not keep the
        customer from logging in on it. The result has the same token again. Another customer's
        token, and one that is not known any more, count as none: the result then has a new one.

        A ``context_id`` that opens a live session of this customer ends with the login (OWASP ASVS
        5.0, 7.2.4). Any other one of the right form changes nothing.

        ``source`` is the client's network address; failures are counted by it too. ``user_agent``
        is the program that the customer uses, as it names itself. ``found`` are
        faults that the caller found in the same input. They are raised together with the faults
        that are found here.

        Raises:
            InvalidInputError: the input names no customer, or two, or a value is malformed.
            TooManyAttemptsError: the budget of the source, the name or the device is used up.
                The password is not verified.
            ServiceBusyError: too many passwords wait to be verified. Nothing was counted.
            LoginRefusedError: the customer is unknown or deleted, or the password is wrong. These
                cases have one answer and one cost.
            VersionConflictError: in five attempts in a row, another change came first.
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
        faults = Faults(found)
        replaced = _read_replaced(context_id, faults)
        name = read_name(customer_id, email, self._emails, faults)
        faults.note("password", self._passwords.shape_fault(password))
        if device_token is not None:
            faults.note("device_token", device_token_fault(device_token))
        faults.raise_if_any()
        token = None if device_token is None else DeviceToken(device_token)
        request = _Request(name, password, token, source, user_agent, replaced)
        failure = self._budgets.charge_source(source)
        with self._budgets.refund_source_on_error(failure), request_from(source):
            result = self._verify_and_open(request)
        self._budgets.refund_source(failure)
        return result

    def _verify_and_open(self, request: _Request) -> LoginResult:
        """Verify the password and open a session.

        The customer is read first only for a device token, since a known device has a place in
        the hashing lane and a budget of its own. Otherwise a refusal costs no read.
        """
        reads_first = request.device_token is not None
        stored = self._read(request) if reads_first else None
        device = request.known_device(stored)
        known_device = device is not None
        with self._passwords.hashing(source=request.source, known_device=known_device) as hashing:
            charge = self._budgets.charge_login(
                request.name.identity if device is None else device_budget(device.device_id),
                owner=lambda: self._find_owner(request, stored),
            )
            with self._budgets.refund_login_on_error(charge):
                if not reads_first:
                    stored = self._read(request)
                stored_hash = None if stored is None else stored.customer.password_hash
                verified, new_hash = hashing.verify_and_update(request.password, stored_hash)
        if not verified or stored is None:
            # The record omits an unknown id: the caller may have typed a password there.
            self._refuse(ANYONE if stored is None else stored.customer.customer_id)
        if device is None:
            device = self._new_sessions.new_device()
        with self._budgets.refund_login_on_error(charge):
            result = self._open_session(stored, request, device, new_hash)
        self._budgets.refund_login(charge)
        return result

    def _find_owner(self, request: _Request, stored: CustomerWithSessions | None) -> str | None:
        """The id of the customer who is named, with one read at most; None if there is none."""
        if request.device_token is not None:
            # The customer was read already.
            return None if stored is None else stored.customer.customer_id
        if request.name.customer_id is None:
            return self._customers.find_id_by_email(request.name.address.key)
        customer = self._customers.get(request.name.customer_id, now=self._clock.now())
        return None if customer is None else customer.customer_id

    def _read(self, request: _Request) -> CustomerWithSessions | None:
        """The customer who logs in, or None if there is none."""
        customer_id = request.name.customer_id
        if customer_id is None:
            customer_id = self._customers.find_id_by_email(request.name.address.key)
        if customer_id is None:
            # An unknown address costs this read too, so that each refusal takes the same time.
            self._sessions.get_with_sessions(ANYONE, now=self._clock.now())
            return None
        return self._sessions.get_with_sessions(customer_id, now=self._clock.now())

    def _refuse(self, customer_id: str) -> NoReturn:
        self._audit_trail.refuse("login", customer_id, "Login refused.", status_code=401)
        raise LoginRefusedError

    def _open_session(
        self,
        stored: CustomerWithSessions,
        request: _Request,
        device: DeviceToken,
        new_hash: str | None,
    ) -> LoginResult:
        """Open a session for the customer whose password was verified."""
        try:
            return self._open(stored, request, device, new_hash)
        except VersionConflictError:
            return retry_after_conflict(
                self._read_and_open, stored.customer, request, device, new_hash
            )

    def _read_and_open(
        self, verified: Customer, request: _Request, device: DeviceToken, new_hash: str | None
    ) -> LoginResult:
        """Read the customer again, and open a session unless the password has changed."""
        stored = self._sessions.get_with_sessions(verified.customer_id, now=self._clock.now())
        if stored is None or stored.customer.password_version != verified.password_version:
            self._refuse(verified.customer_id)
        return self._open(stored, request, device, new_hash)

    def _open(
        self,
        stored: CustomerWithSessions,
        request: _Request,
        device: DeviceToken,
        new_hash: str | None,
    ) -> LoginResult:
        result = self._new_sessions.make(stored.customer, device)
        record = self._audit_trail.record_opening(
            "login", result.session, "Logged in.", user_agent=request.user_agent
        )
        opening = plan_opening(
            stored,
            result.session,
            self._policy,
            device_id=device.device_id,
            password_hash=new_hash,
            replaced=None if request.replaced is None else request.replaced.session_id,
        )
        self._sessions.open(opening, record)
        return result


def _read_replaced(context_id: object, faults: Faults) -> ContextId | None:
    """The session that the caller presents, or None if the caller presents none."""
    if context_id is None:
        return None
    try:
        return ContextId.parse(context_id)
    except SessionRefusedError as error:
        faults.note("context_id", f"is {error.reason}; leave it out, or send that of a session")
        return None
