"""The customer service in this process, as the backend of the contract."""

from collections.abc import Collection
from datetime import datetime, timedelta

from ...adapters.memory.storage import memory_storage
from ...domain.actor import OPERATOR
from ...domain.policy import SessionPolicy
from ...domain.session import LoginResult, Session
from ...ports.storage import Storage
from .clock import ManualClock
from .email_proof import set_email_verified
from .login import log_in, set_roles
from .outage import Outage
from .service import service_container
from .session_backend import SessionBackend

__all__ = ["ServiceBackend"]


class ServiceBackend(SessionBackend):
    """The service's use cases on a store, with a clock that the contract moves.

    ``container`` has every part of the service, such as the ``session_checker`` that reads the
    store directly. ``services`` are what an HTTP application needs. ``clock`` is the time for a
    checker that needs one. During an outage, the store does not answer.

    Args:
        storage: the store of customers and sessions. The default is a new store in memory.
    """

    def __init__(self, storage: Storage | None = None) -> None:
        self.clock = ManualClock()
        self._outage = Outage()
        store = self._outage.cover(storage or memory_storage())
        self.container = service_container(self.clock, store)
        self.services = self.container.services()

    @property
    def policy(self) -> SessionPolicy:
        return self.container.settings().session_policy

    def open_session(self, customer_id: str, roles: Collection[str] = ()) -> LoginResult:
        return log_in(self.services, customer_id, roles)

    def use_session(self, context_id: str) -> Session:
        return self.services.sessions.check_session(context_id)

    def end_session(self, context_id: str) -> None:
        self.services.sessions.logout(context_id)

    def end_sessions(self, customer_id: str) -> None:
        self.services.sessions.end_sessions(customer_id, actor=OPERATOR)

    def set_roles(self, customer_id: str, roles: Collection[str]) -> None:
        set_roles(self.services, customer_id, roles)

    def set_email_verified(self, customer_id: str, *, email_verified: bool) -> None:
        set_email_verified(self.container, customer_id, email_verified=email_verified)

    def delete_customer(self, customer_id: str) -> None:
        self.services.customers.delete_customer(customer_id, actor=OPERATOR)

    def now(self) -> datetime:
        return self.clock.now()

    def advance(self, by: timedelta) -> None:
        self.clock.moment += by

    def start_outage(self) -> None:
        self._outage.active = True

    def end_outage(self) -> None:
        self._outage.active = False
