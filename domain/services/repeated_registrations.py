"""Answers a registration that comes again with its ``Idempotency-Key``."""

from dataclasses import replace
from hmac import compare_digest

from ...ports.clock import Clock
from ...ports.customer_repository import CustomerRepository
from ..actor import Actor, Operator
from ..budget_names import id_budget
from ..customer import Customer
from ..errors import IdempotencyKeyReusedError
from ..request_context import request_from
from .attempt_budgets import AttemptBudgets
from .audit_trail import ANYONE, AuditTrail
from .passwords import Passwords


class RepeatedRegistrations:
    """Finds the earlier registration, and verifies the password of the repetition.

    A wrong password counts as a failed login of the customer and of the source. So a repetition is
    no better way to guess a password than a login.
    """

    def __init__(
        self,
        *,
        customers: CustomerRepository,
        budgets: AttemptBudgets,
        audit_trail: AuditTrail,
        passwords: Passwords,
        clock: Clock,
    ) -> None:
        self._customers = customers
        self._budgets = budgets
        self._audit_trail = audit_trail
        self._passwords = passwords
        self._clock = clock

    def find(
        self,
        key_hash: str,
        fingerprint: str,
        password: str,
        *,
        actor: Actor | None,
        source: str | None,
    ) -> Customer | None:
        """The customer of the earlier registration with this key, fingerprint and password.

        Its ``version`` is the first one; everything else is as stored now. The result is None if
        there was no such registration, or if its customer does not exist any more.

        Raises:
            IdempotencyKeyReusedError: the earlier registration had another fingerprint, or its
                customer does not have this ``password`` now.
            TooManyAttemptsError: the login budget of the source or of the customer is used up. The
                password is not verified.
            ServiceBusyError: too many passwords wait to be verified. Nothing was counted.
        """
        first = self._customers.find_registration(key_hash, now=self._clock.now())
        if first is None:
            return None
        if not compare_digest(first.fingerprint, fingerprint):
            raise IdempotencyKeyReusedError
        customer = self._customers.get(first.customer_id, now=self._clock.now())
        if customer is None or customer.created_at != first.created_at:
            # It was deleted. A later customer may have the id.
            return None
        failure = self._budgets.charge_source(source)
        with self._budgets.refund_source_on_error(failure), request_from(source):
            self._require_password(customer, password, actor, source)
        self._budgets.refund_source(failure)
        return replace(customer, version=first.version)

    def _require_password(
        self, customer: Customer, password: str, actor: Actor | None, source: str | None
    ) -> None:
        customer_id, by_operator = customer.customer_id, isinstance(actor, Operator)
        with self._passwords.hashing(source=source, known_device=by_operator) as hashing:
            charge = self._budgets.charge_login(id_budget(customer_id), owner=lambda: customer_id)
            with self._budgets.refund_login_on_error(charge):
                verified = hashing.verify(password, customer.password_hash)
        if not verified:
            self._audit_trail.refuse(
                "add_customer",
                customer_id,
                "Repeated registration refused: wrong password.",
                actor_id=ANYONE if actor is None else actor.customer_id,
                status_code=422,
            )
            raise IdempotencyKeyReusedError
        self._budgets.refund_login(charge)
