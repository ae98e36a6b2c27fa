"""The use cases over ports that a test holds in its hands."""

from collections.abc import Iterable
from typing import Any

import pytest
from support.password_hasher import ReversingPasswordHasher
from support.random_source import CountingRandomSource
from support.recorder import Calls, Recorder
from support.traces import Traces, log_of, traces

from cybershop_customer import (
    OPERATOR,
    AuditRecord,
    AuditService,
    Customer,
    CustomerService,
    CustomerServiceError,
    LoginResult,
    PasswordPolicy,
    RefusalReason,
    RoleService,
    SessionPolicy,
    SessionRefusedError,
    SessionService,
)
from cybershop_customer.adapters.email_validator.email_syntax import EmailValidatorSyntax
from cybershop_customer.adapters.memory.clock import ManualClock
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.domain.services.audit_trail import AuditTrail
from cybershop_customer.domain.services.authorizer import Authorizer
from cybershop_customer.domain.services.password_rules import PasswordRules
from cybershop_customer.domain.services.session_check_service import SessionCheckService

PASSWORD = "correct horse"


class Workbench:
    """All services on one store in memory, with the clock, the hasher and the calls at hand."""

    def __init__(
        self,
        *,
        policy: SessionPolicy | None = None,
        unique_email: bool = True,
        blocked: Iterable[str] = (),
    ) -> None:
        self.clock = ManualClock()
        self.hasher = ReversingPasswordHasher()
        self.calls = Calls()
        self.storage = memory_storage()
        self.policy = policy or SessionPolicy()
        audit_trail = AuditTrail(
            self._recorded(self.storage.audit_log, "audit_log"),
            self.clock,
            CountingRandomSource(),
        )
        authorizer = Authorizer(audit_trail)
        password_rules = PasswordRules(PasswordPolicy(), MemoryPasswordBlocklist(blocked))
        shared: dict[str, Any] = {
            "customers": self._recorded(self.storage.customers, "customers"),
            "password_hasher": self._recorded(self.hasher, "hasher"),
            "clock": self.clock,
            "audit_trail": audit_trail,
            "authorizer": authorizer,
        }
        shared_by_two: dict[str, Any] = {
            **shared,
            "password_rules": password_rules,
            "email_syntax": EmailValidatorSyntax(),
            "random_source": CountingRandomSource(),
            "unique_email": unique_email,
        }
        self.customers = CustomerService(**shared_by_two)
        sessions = self._recorded(self.storage.sessions, "sessions")
        self.sessions = SessionService(
            **shared_by_two,
            sessions=sessions,
            session_check=SessionCheckService(
                sessions=sessions, clock=self.clock, policy=self.policy
            ),
            login_throttle=self._recorded(self.storage.login_throttle, "throttle"),
            policy=self.policy,
        )
        self.roles = RoleService(
            **shared, password_rules=password_rules, random_source=CountingRandomSource()
        )
        self.audit = AuditService(
            audit_log=self._recorded(self.storage.audit_log, "audit_log"), authorizer=authorizer
        )

    def _recorded(self, port: object, name: str) -> Any:
        return Recorder(port, name, self.calls)

    def add(self, customer_id: str = "ann", **fields: Any) -> Customer:
        """Add a customer, whose password is ``PASSWORD``."""
        email = f"{customer_id}@shop.example"
        given = {"email": email, "password": PASSWORD, **fields}
        return self.customers.add_customer(customer_id=customer_id, **given)

    def login(self, customer_id: str = "ann", password: str = PASSWORD) -> LoginResult:
        return self.sessions.login(customer_id=customer_id, password=password)

    def login_by_email(self, name: str, password: str = PASSWORD) -> LoginResult:
        return self.sessions.login(email=f"{name}@shop.example", password=password)

    def update(self, customer_id: str = "ann", **fields: Any) -> int:
        return self.customers.update_customer(customer_id, actor=OPERATOR, **fields)

    def delete(self, customer_id: str = "ann", **condition: Any) -> None:
        self.customers.delete_customer(customer_id, actor=OPERATOR, **condition)

    def stored(self, customer_id: str = "ann") -> Customer:
        customer = self.storage.customers.get(customer_id)
        assert customer is not None
        return customer

    def log(self, customer_id: str = "ann") -> tuple[AuditRecord, ...]:
        return log_of(self.storage, customer_id)

    def last_record(self, customer_id: str = "ann") -> AuditRecord:
        return self.log(customer_id)[-1]

    def traces(self, *customer_ids: str) -> list[Traces]:
        return [
            traces(self.storage, customer_id, f"{customer_id}@shop.example")
            for customer_id in customer_ids or ("ann",)
        ]

    def is_live(self, context_id: str) -> bool:
        """Whether a session check accepts ``context_id``."""
        try:
            self.sessions.check_session(context_id)
        except CustomerServiceError:
            return False
        return True

    def reason(self, context_id: Any, **pair: Any) -> RefusalReason:
        """Why a session check refuses ``context_id``."""
        with pytest.raises(SessionRefusedError) as refusal:
            self.sessions.check_session(context_id, **pair)
        return refusal.value.reason
