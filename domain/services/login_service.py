"""The use case of login."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ...ports.random_source import RandomSource
from ...ports.session_repository import SessionRepository
from ..budget_names import device_budget, email_budget, id_budget
from ..customer import Customer
from ..device import DEVICE_BYTES, DeviceToken, device_token_fault
from ..email_address import EmailAddress
from ..errors import FieldFault, LoginRefusedError, VersionConflictError
from ..fields import Faults, customer_id_fault
from ..policy import SessionPolicy
from ..request_context import request_from
from ..session import SECRET_BYTES, ContextId, CustomerWithSessions, LoginResult, Session
from ..session_opening import plan_opening
from .attempt_budgets import AttemptBudgets
from .audit_trail import ANYONE, AuditTrail
from .conflict import retry_after_conflict
from .emails import Emails
from .passwords import Passwords


@dataclass(frozen=True, slots=True)
class _Request:
    """What a caller logs in with: an id or an address, a password, and where from."""

    customer_id: str | None
    address: EmailAddress = field(repr=False)
    password: str = field(repr=False)
    device_token: DeviceToken | None
    source: str | None

    @property
    def identity(self) -> str:
        """Names the budget of the id or of the address."""
        if self.customer_id is None:
            return email_budget(self.address.key)
        return id_budget(self.customer_id)

    def known_device(self, stored: CustomerWithSessions | None) -> DeviceToken | None:
        """The token, if the ``stored`` customer has logged in with it before; or else None."""
        token = self.device_token
        if token is None:
            return None
        # Hashed for an unknown customer too, so that each refusal takes the same time.
        device_id = token.device_id
        return token if stored is not None and stored.knows(device_id) else None


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
        random_source: RandomSource,
        clock: Clock,
        policy: SessionPolicy,
    ) -> None:
        self._sessions = sessions
        self._customers = customers
        self._budgets = budgets
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
        device_token: str | None = None,
        source: str | None = None,
        found: Iterable[FieldFault] = (),
    ) -> LoginResult:
        """Open a session for the customer that ``customer_id`` or ``email`` names.

        A ``device_token`` is what an earlier login of this customer on the same device returned.
        Failures on a known device are counted apart, so a stranger's failures do not keep the
        customer from logging in on it. The result has the same token again. Another customer's
        token, and one that is not known any more, count as none: the result then has a new one.

        ``source`` is the client's network address; failures are counted by it too. ``found`` are
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
        address = self._read_input(password, customer_id, email, device_token, found)
        token = None if device_token is None else DeviceToken(device_token)
        request = _Request(customer_id, address, password, token, source)
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
                request.identity if device is None else device_budget(device.device_id),
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
            device = DeviceToken.new(self._random_source.token_bytes(DEVICE_BYTES))
        with self._budgets.refund_login_on_error(charge):
            result = self._open_session(stored, device, new_hash)
        self._budgets.refund_login(charge)
        return result

    def _find_owner(self, request: _Request, stored: CustomerWithSessions | None) -> str | None:
        """The id of the customer who is named, with one read at most; None if there is none."""
        if request.device_token is not None:
            # The customer was read already.
            return None if stored is None else stored.customer.customer_id
        if request.customer_id is None:
            return self._customers.find_id_by_email(request.address.key)
        customer = self._customers.get(request.customer_id)
        return None if customer is None else customer.customer_id

    def _read(self, request: _Request) -> CustomerWithSessions | None:
        """The customer who logs in, or None if there is none."""
        customer_id = request.customer_id
        if customer_id is None:
            customer_id = self._customers.find_id_by_email(request.address.key)
        if customer_id is None:
            # An unknown address costs this read too, so that each refusal takes the same time.
            self._sessions.get_with_sessions(ANYONE)
            return None
        return self._sessions.get_with_sessions(customer_id)

    def _read_input(
        self,
        password: object,
        customer_id: object,
        email: object,
        device_token: object,
        found: Iterable[FieldFault],
    ) -> EmailAddress:
        """The e-mail address in the input, or an empty one if the input has an id.

        Raises:
            InvalidInputError: as ``login`` says.
        """
        faults = Faults(found)
        address = EmailAddress("", "")
        if (customer_id is None) == (email is None):
            # If the caller found a fault in one of them, that one was given.
            if "customer_id" not in faults and "email" not in faults:
                faults.note("customer_id", "must be given, or email, and only one of them")
        elif customer_id is not None:
            faults.note("customer_id", customer_id_fault(customer_id))
        else:
            address = self._emails.read_login(email, faults)
        faults.note("password", self._passwords.shape_fault(password))
        if device_token is not None:
            faults.note("device_token", device_token_fault(device_token))
        faults.raise_if_any()
        return address

    def _refuse(self, customer_id: str) -> NoReturn:
        self._audit_trail.refuse("login", customer_id, "Login refused.", status_code=401)
        raise LoginRefusedError

    def _open_session(
        self, stored: CustomerWithSessions, device: DeviceToken, new_hash: str | None
    ) -> LoginResult:
        """Open a session for the customer whose password was verified."""
        try:
            return self._open(stored, device, new_hash)
        except VersionConflictError:
            return retry_after_conflict(self._read_and_open, stored.customer, device, new_hash)

    def _read_and_open(
        self, verified: Customer, device: DeviceToken, new_hash: str | None
    ) -> LoginResult:
        """Read the customer again, and open a session unless the password has changed."""
        stored = self._sessions.get_with_sessions(verified.customer_id)
        if stored is None or stored.customer.password_version != verified.password_version:
            self._refuse(verified.customer_id)
        return self._open(stored, device, new_hash)

    def _open(
        self, stored: CustomerWithSessions, device: DeviceToken, new_hash: str | None
    ) -> LoginResult:
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
        opening = plan_opening(
            stored, session, self._policy, device_id=device.device_id, password_hash=new_hash
        )
        self._sessions.open(opening, record)
        return LoginResult(context_id.secret, session, device_token=device.secret)
