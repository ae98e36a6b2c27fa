"""The session check without a service and without passwords: for tests of other services."""

from collections.abc import Collection

from ...adapters.direct.session_checker import DirectSessionChecker
from ...adapters.forking.fork_safe_lock import ForkSafeLock
from ...adapters.memory.hashing_lane import MemoryHashingLane
from ...adapters.memory.password_blocklist import MemoryPasswordBlocklist
from ...adapters.memory.storage import memory_storage
from ...adapters.memory.throttle import MemoryThrottle
from ...adapters.system.clock import SystemClock
from ...adapters.system.random_source import SystemRandomSource
from ...domain.actor import OPERATOR
from ...domain.customer import Customer, CustomerUpdate
from ...domain.errors import CheckerUnavailableError, CustomerNotFoundError
from ...domain.fields import Faults, new_customer_id_fault, role_fault
from ...domain.policy import PasswordPolicy, SessionPolicy, SourcePolicy
from ...domain.services.audit_trail import AuditTrail
from ...domain.session import ContextId, Session
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from ..services import compose_services
from .no_passwords import UNUSABLE_HASH, NoAddresses, NoPasswords

__all__ = ["MemorySessionChecker"]


class MemorySessionChecker(SessionChecker):
    """A checker that opens and ends the sessions it knows, in this process's memory.

    It is put together out of the service's own use cases, so that its answers and refusals are
    theirs; only nobody has a password. All of its methods may be called by several threads at
    once.

    Args:
        clock: what expiry goes by; the machine's, unless a test moves one of its own, such as
            ``entrypoints.testkit.clock.ManualClock``.
        policy: how long sessions live, and how many one customer has; the service's defaults.
    """

    def __init__(self, clock: Clock | None = None, policy: SessionPolicy | None = None) -> None:
        self.available = True
        """False lets the checks fail as if the customer service were away."""
        # Before the store's own: in this order they are taken.
        self._changes = ForkSafeLock()
        clock = clock or SystemClock()
        storage = memory_storage()
        random_source = SystemRandomSource()
        services = compose_services(
            storage,
            clock=clock,
            random_source=random_source,
            email_syntax=NoAddresses(),
            password_hasher=NoPasswords(),
            password_blocklist=MemoryPasswordBlocklist(),
            hashing_lane=MemoryHashingLane(),
            source_throttle=MemoryThrottle(),
            source_policy=SourcePolicy(registrations=None),
            password_policy=PasswordPolicy(),
            session_policy=policy or SessionPolicy(),
        )
        self._customers = storage.customers
        self._audit_trail = AuditTrail(storage.audit_log, clock, random_source)
        self._sessions = services.sessions
        self._checker = DirectSessionChecker(services.session_check)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        # What is no context_id is refused without asking, so it needs no source.
        ContextId.parse_pair(context_id, customer_id)
        if not self.available:
            raise CheckerUnavailableError
        return self._checker.check_session(context_id, customer_id=customer_id, role=role)

    def open_session(self, customer_id: str, roles: Collection[str] = ()) -> str:
        """Log a customer in, added if new, whose roles are from now on exactly ``roles``.

        Roles are the customer's: sessions opened before have the same ones.

        Returns:
            The ``context_id``.

        Raises:
            InvalidInputError: the service would accept no such ``customer_id`` or role.
        """
        with self._changes:
            if self._customers.get(customer_id) is None:
                self._add(customer_id, roles)
            else:
                self.set_roles(customer_id, roles)
            return self._sessions.login(customer_id=customer_id, password="").context_id

    def end_session(self, context_id: str) -> None:
        """Log out.

        Raises:
            SessionRefusedError: there is no such live session.
        """
        self._sessions.logout(context_id)

    def end_sessions(self, customer_id: str) -> None:
        """End every session of a customer.

        Raises:
            CustomerNotFoundError: no session was ever opened for this customer.
        """
        self._sessions.end_sessions(customer_id, actor=OPERATOR)

    def set_roles(self, customer_id: str, roles: Collection[str]) -> None:
        """Give a customer exactly ``roles``: effective at the next check.

        Raises:
            InvalidInputError: the service would accept no such role.
            CustomerNotFoundError: no session was ever opened for this customer.
        """
        _require_valid(customer_id, roles)
        with self._changes:
            customer = self._found(customer_id)
            record = self._audit_trail.record(
                "set_roles", customer_id, "Roles set.", actor_id=OPERATOR.customer_id
            )
            update = CustomerUpdate(
                customer_id=customer_id, if_version=customer.version, roles=frozenset(roles)
            )
            self._customers.update(update, record)

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer, with every session.

        Raises:
            CustomerNotFoundError: no session was ever opened for this customer.
        """
        with self._changes:
            customer = self._found(customer_id)
            record = self._audit_trail.record(
                "delete_customer", customer_id, "Deleted.", actor_id=OPERATOR.customer_id
            )
            self._customers.delete(customer, record)

    def _add(self, customer_id: str, roles: Collection[str]) -> None:
        _require_valid(customer_id, roles)
        record = self._audit_trail.record("add_customer", customer_id, "Customer added.")
        customer = Customer(
            customer_id=customer_id,
            roles=frozenset(roles),
            password_hash=UNUSABLE_HASH,
            created_at=record.at,
            updated_at=record.at,
        )
        self._customers.add(customer, record)

    def _found(self, customer_id: str) -> Customer:
        customer = self._customers.get(customer_id)
        if customer is None:
            raise CustomerNotFoundError(customer_id)
        return customer


def _require_valid(customer_id: str, roles: Collection[str]) -> None:
    faults = Faults()
    faults.note("customer_id", new_customer_id_fault(customer_id, by_operator=True))
    # A text is a collection too: roles="admin" would be five roles.
    faults.note("roles", "must be a collection of roles" if isinstance(roles, str) else None)
    for role in roles if not isinstance(roles, str) else ():
        faults.note("roles", role_fault(role))
    faults.raise_if_any()
