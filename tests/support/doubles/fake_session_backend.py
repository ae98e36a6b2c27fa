"""The session backend of the fake session checker: the fake itself."""

from collections.abc import Collection
from datetime import datetime, timedelta

from cybershop_customer import LoginResult, Session, SessionPolicy
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.entrypoints.testkit.session_backend import SessionBackend
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker


class FakeSessionBackend(SessionBackend):
    """Opens and ends sessions by the fake's own methods."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.checker = MemorySessionChecker(self.clock)

    @property
    def policy(self) -> SessionPolicy:
        return SessionPolicy()

    def open_session(self, customer_id: str, roles: Collection[str] = ()) -> LoginResult:
        context_id = self.checker.open_session(customer_id, roles)
        return LoginResult(context_id, self.use_session(context_id))

    def use_session(self, context_id: str) -> Session:
        return self.checker.check_session(context_id)

    def end_session(self, context_id: str) -> None:
        self.checker.end_session(context_id)

    def end_sessions(self, customer_id: str) -> None:
        self.checker.end_sessions(customer_id)

    def set_roles(self, customer_id: str, roles: Collection[str]) -> None:
        self.checker.set_roles(customer_id, roles)

    def set_email_verified(self, customer_id: str, *, email_verified: bool) -> None:
        self.checker.set_email_verified(customer_id, email_verified=email_verified)

    def delete_customer(self, customer_id: str) -> None:
        self.checker.delete_customer(customer_id)

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.moment += by

    def start_outage(self) -> None:
        self.checker.available = False

    def end_outage(self) -> None:
        self.checker.available = True
