"""A session checker for the tests of other services, without a service or passwords."""

from collections.abc import Collection

from ...adapters.direct.session_checker import DirectSessionChecker
from ...adapters.forking.fork_safe_lock import ForkSafeLock
from ...adapters.memory.background import MemoryBackground
from ...adapters.memory.breached_passwords import MemoryBreachedPasswords
from ...adapters.memory.hashing_lane import MemoryHashingLane
from ...adapters.memory.password_blocklist import MemoryPasswordBlocklist
from ...adapters.memory.storage import memory_storage
from ...adapters.memory.throttle import MemoryThrottle
from ...adapters.system.clock import SystemClock
from ...adapters.system.random_source import SystemRandomSource
from ...domain.actor import OPERATOR
from ...domain.customer import Customer
from ...domain.customer_update import CustomerUpdate
from ...domain.errors import CheckerUnavailableError, CustomerNotFoundError
from ...domain.fields import Faults, new_customer_id_fault, role_fault
from ...domain.policy import AccountPolicy, IdPolicy, PasswordPolicy, SessionPolicy, SourcePolicy
from ...domain.services.audit_trail import AuditTrail
from ...domain.session import ContextId, Session
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from ..services import compose_services
from .no_passwords import UNUSABLE_HASH, NoAddresses, NoPasswords

__all__ = ["MemorySessionChecker"]


class MemorySessionChecker(SessionChecker):
    """A checker that also opens and ends sessions. It keeps them in memory.

    It uses the service's own use cases, so its answers and refusals are those of the service. Its
    customers have no passwords. Several threads may use it.

    Args:
        clock: the time for expiry. The default is the machine's clock. A test may pass
            ``entrypoints.testkit.clock.ManualClock``.
        policy: how long sessions live, and how many one customer may have. The default is that of
            the service.
    """

    def __init__(self, clock: Clock | None = None, policy: SessionPolicy | None = None) -> None:
        self.available = True
        """If False, checks fail as if the customer service could not be reached."""
        # Made before the store's locks, since it is always acquired before them.
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
            password_hash_formats=NoPasswords(),
            password_blocklist=MemoryPasswordBlocklist(),
            breached_passwords=MemoryBreachedPasswords(),
            hashing_lane=MemoryHashingLane(),
            source_throttle=MemoryThrottle(),
            record_throttle=MemoryThrottle(),
            source_policy=SourcePolicy(registrations=None),
            password_policy=PasswordPolicy(),
            id_policy=IdPolicy(reuse=True),
            session_policy=policy or SessionPolicy(),
            account_policy=AccountPolicy(),
            notifier=None,
            background=MemoryBackground(),
        )
        self._clock = clock
        self._customers = storage.customers
        self._audit_trail = AuditTrail(storage.audit_log, clock, random_source)
        self._sessions = services.sessions
        self._checker = DirectSessionChecker(services.session_check)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        # A malformed context_id is refused even during an outage.
        ContextId.parse_pair(context_id, customer_id)
        if not self.available:
            raise CheckerUnavailableError
        return self._checker.check_session(context_id, customer_id=customer_id, role=role)

    def open_session(
        self, customer_id: str, roles: Collection[str] = (), *, email_verified: bool = False
    ) -> str:
        """Log a customer in. Adds the customer if new, and makes ``roles`` the customer's roles.

        ``email_verified`` says whether the customer has proven the e-mail address. The customer's
        earlier sessions have both from now on too.

        Returns:
            The ``context_id``.

        Raises:
            InvalidInputError: the service would not accept the ``customer_id`` or a role.
        """
        with self._changes:
            if self._customers.get(customer_id, now=self._clock.now()) is None:
                self._add(customer_id, roles, email_verified=email_verified)
            else:
                self.set_roles(customer_id, roles)
                self.set_email_verified(customer_id, email_verified=email_verified)
            return self._sessions.login(customer_id=customer_id, password="").context_id

    def end_session(self, context_id: str) -> None:
        """Log out of this session.

        Raises:
            SessionRefusedError: there is no such live session.
        """
        self._sessions.logout(context_id)

    def end_sessions(self, customer_id: str) -> None:
        """End every session of a customer.

        Raises:
            CustomerNotFoundError: this customer never had a session.
        """
        self._sessions.end_sessions(customer_id, actor=OPERATOR)

    def set_roles(self, customer_id: str, roles: Collection[str]) -> None:
        """Make ``roles`` the only roles of a customer, from the next check on.

        Raises:
            InvalidInputError: the service would not accept a role.
            CustomerNotFoundError: this customer never had a session.
        """
        _require_valid(customer_id, roles)
        self._update("set_roles", customer_id, roles=frozenset(roles))

    def set_email_verified(self, customer_id: str, *, email_verified: bool) -> None:
        """Say whether a customer has proven the e-mail address, from the next check on.

        Raises:
            CustomerNotFoundError: this customer never had a session.
        """
        self._update("set_email_verified", customer_id, email_verified=email_verified)

    def delete_customer(self, customer_id: str) -> None:
        """Delete a customer, with every session.

        Raises:
            CustomerNotFoundError: this customer never had a session.
        """
        with self._changes:
            customer = self._require_customer(customer_id)
            record = self._audit_trail.record(
                "delete_customer", customer_id, "Deleted.", actor_id=OPERATOR.customer_id
            )
            self._customers.delete(customer, record)

    def _update(
        self,
        operation_name: str,
        customer_id: str,
        *,
        roles: frozenset[str] | None = None,
        email_verified: bool | None = None,
    ) -> None:
        with self._changes:
            customer = self._require_customer(customer_id)
            record = self._audit_trail.record(
                operation_name, customer_id, "Set by a test.", actor_id=OPERATOR.customer_id
            )
            update = CustomerUpdate(
                customer_id=customer_id,
                if_version=customer.version,
                roles=roles,
                email_verified=email_verified,
            )
            self._customers.update(update, record)

    def _add(self, customer_id: str, roles: Collection[str], *, email_verified: bool) -> None:
        _require_valid(customer_id, roles)
        record = self._audit_trail.record("add_customer", customer_id, "Customer added.")
        customer = Customer(
            customer_id=customer_id,
            roles=frozenset(roles),
            email_verified=email_verified,
            password_hash=UNUSABLE_HASH,
            created_at=record.at,
            updated_at=record.at,
        )
        self._customers.add(customer, record)

    def _require_customer(self, customer_id: str) -> Customer:
        customer = self._customers.get(customer_id, now=self._clock.now())
        if customer is None:
            raise CustomerNotFoundError(customer_id)
        return customer


def _require_valid(customer_id: str, roles: Collection[str]) -> None:
    faults = Faults()
    faults.note("customer_id", new_customer_id_fault(customer_id, by_operator=True))
    # A string is a collection too: roles="admin" would be five roles.
    faults.note("roles", "must be a collection of roles" if isinstance(roles, str) else None)
    for role in roles if not isinstance(roles, str) else ():
        faults.note("roles", role_fault(role))
    faults.raise_if_any()
