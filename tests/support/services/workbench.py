"""A harness for the use cases: the test controls every port."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from support.doubles.password_hasher import ReversingPasswordHasher
from support.doubles.port_recorder import CallLog, PortRecorder
from support.doubles.random_source import CountingRandomSource
from support.stores.stored_state import StoredState, log_of, read_state

from cybershop_customer import (
    OPERATOR,
    AccountPolicy,
    AuditRecord,
    BreachedPasswords,
    Customer,
    CustomerServiceError,
    IdPolicy,
    LoginResult,
    PasswordPolicy,
    RefusalReason,
    SessionPolicy,
    SessionRefusedError,
    SourcePolicy,
)
from cybershop_customer.adapters.email_validator.email_syntax import EmailValidatorSyntax
from cybershop_customer.adapters.foreign_hashes.password_hash_formats import (
    KnownPasswordHashFormats,
)
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.breached_passwords import MemoryBreachedPasswords
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.adapters.memory.password_blocklist import MemoryPasswordBlocklist
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.memory.throttle import MemoryThrottle
from cybershop_customer.entrypoints.services import compose_services
from cybershop_customer.entrypoints.testkit.clock import START, ManualClock

PASSWORD = "correct horse"


class Workbench:
    """All services on one memory store, with a manual clock, a fake hasher and recorded calls."""

    def __init__(
        self,
        *,
        policy: SessionPolicy | None = None,
        source_policy: SourcePolicy | None = None,
        unique_email: bool = True,
        blocked: Iterable[str] = (),
        breached: BreachedPasswords | None = None,
        id_policy: IdPolicy | None = None,
        account_policy: AccountPolicy | None = None,
        sends_mail: bool = True,
        mail: MemoryNotifier | None = None,
        mails_before_the_answer: bool = False,
    ) -> None:
        self.clock = ManualClock()
        self.hasher = ReversingPasswordHasher()
        self.calls = CallLog()
        self.storage = memory_storage()
        self.mail = mail or MemoryNotifier()
        self.background = MemoryBackground(run_at_once=mails_before_the_answer)
        self.policy = policy or SessionPolicy()
        services = compose_services(
            replace(
                self.storage,
                customers=self._recorded(self.storage.customers, "customers"),
                sessions=self._recorded(self.storage.sessions, "sessions"),
                audit_log=self._recorded(self.storage.audit_log, "audit_log"),
                login_throttle=self._recorded(self.storage.login_throttle, "throttle"),
            ),
            clock=self.clock,
            random_source=CountingRandomSource(),
            email_syntax=EmailValidatorSyntax(),
            password_hasher=self._recorded(self.hasher, "hasher"),
            password_hash_formats=KnownPasswordHashFormats(self.hasher),
            password_blocklist=MemoryPasswordBlocklist(blocked),
            breached_passwords=breached or MemoryBreachedPasswords(),
            hashing_lane=MemoryHashingLane(),
            source_throttle=MemoryThrottle(),
            record_throttle=MemoryThrottle(),
            source_policy=source_policy or SourcePolicy(registrations=None),
            password_policy=PasswordPolicy(),
            session_policy=self.policy,
            id_policy=id_policy or IdPolicy(reuse=True),
            account_policy=account_policy or AccountPolicy(),
            notifier=self.mail if sends_mail else None,
            background=self.background,
            unique_email=unique_email,
        )
        self.customers = services.customers
        self.customer_import = services.customer_import
        self.customer_list = services.customer_list
        self.sessions = services.sessions
        self.accounts = services.accounts
        self.password_change = services.password_change
        self.password_reset = services.password_reset
        self.email_verification = services.email_verification
        self.exports = services.exports
        self.roles = services.roles
        self.throttle = services.throttle
        self.audit = services.audit

    def _recorded(self, port: object, name: str) -> Any:
        return PortRecorder(port, name, self.calls)

    def add(self, customer_id: str = "ann", **fields: Any) -> Customer:
        """Add a customer with the password ``PASSWORD``."""
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
        customer = self.storage.customers.get(customer_id, now=START)
        assert customer is not None
        return customer

    def log(self, customer_id: str = "ann") -> tuple[AuditRecord, ...]:
        return log_of(self.storage, customer_id)

    def last_record(self, customer_id: str = "ann") -> AuditRecord:
        """The newest record. Of several at one time, one that opens a session is the oldest.

        The id of such a record is made of the session's, so it does not tell the order.
        """

        def age(record: AuditRecord) -> tuple[datetime, bool, str]:
            opens = (record.operation_name, record.status_code) == ("login", 200)
            return record.at, not opens, record.record_id

        return max(self.log(customer_id), key=age)

    def states(self, *customer_ids: str) -> list[StoredState]:
        return [
            read_state(self.storage, customer_id, f"{customer_id}@shop.example")
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
