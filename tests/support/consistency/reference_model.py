"""A model of the service in plain dicts: what it promises, in as few lines as possible."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cybershop_customer import SessionPolicy

POLICY: Final = SessionPolicy(
    idle=timedelta(seconds=100),
    max_lifetime=timedelta(seconds=150),
    max_sessions=2,
    login_attempts=4,
    login_window_seconds=600,
)
FORGIVEN_AFTER: Final = timedelta(seconds=300)
"""With four attempts in a window of 600 seconds, three are admitted at once."""


@dataclass
class ModelSession:
    issued_at: datetime
    expires_at: datetime


@dataclass
class ModelCustomer:
    email: str
    password: str
    version: int
    password_version: int
    fname: str = ""
    roles: frozenset[str] = frozenset()
    sessions: dict[str, ModelSession] = field(default_factory=dict)
    """By ``context_id``."""

    def change(self, changes: dict[str, str]) -> bool:
        """Set these fields; return whether one of them differed."""
        before = (self.email, self.password, self.fname)
        self.email = changes.get("email", self.email)
        self.fname = changes.get("fname", self.fname)
        if changes.get("password", self.password) != self.password:
            self.password = changes["password"]
            self.password_version += 1
            self.sessions = {}
        return before != (self.email, self.password, self.fname)


class ReferenceModel:
    """Customers by id, and the operations that the audit log of each id must contain."""

    def __init__(self) -> None:
        self.customers: dict[str, ModelCustomer] = {}
        self.logs: dict[str, list[tuple[str, int]]] = {}
        self.debts: dict[str, datetime] = {}
        """When the failures under each name are forgiven."""
        self.issued: dict[str, str] = {}
        """The customer_id of each ``context_id``, also of ended sessions."""

    def log(self, customer_id: str, operation: str, status: int = 200) -> None:
        self.logs.setdefault(customer_id, []).append((operation, status))

    def owner(self, email: str) -> str | None:
        """The id of the customer with this address in any letter case, or None."""
        for customer_id, customer in self.customers.items():
            if customer.email.lower() == email.lower():
                return customer_id
        return None

    def session(self, context_id: str, now: datetime) -> ModelSession | None:
        """The session if it is live, or else None."""
        customer = self.customers.get(self.issued[context_id])
        session = customer and customer.sessions.get(context_id)
        return session if session and session.expires_at > now else None

    def open(self, customer_id: str, context_id: str, now: datetime) -> None:
        """Add a session; drop the expired ones, then the oldest beyond the session limit."""
        customer = self.customers[customer_id]
        live = {key: s for key, s in customer.sessions.items() if s.expires_at > now}
        oldest_first = sorted(live, key=lambda key: live[key].issued_at)
        for key in oldest_first[: max(0, len(live) - POLICY.max_sessions + 1)]:
            del live[key]
        live[context_id] = ModelSession(now, now + POLICY.idle)
        customer.sessions = live
        self.issued[context_id] = customer_id

    def use(self, context_id: str, now: datetime) -> None:
        """A check extends the session, but not by less than a tenth of the idle time."""
        session = self.session(context_id, now)
        assert session is not None
        end = min(now + POLICY.idle, session.issued_at + POLICY.max_lifetime)
        if end - session.expires_at >= POLICY.extend_after:
            session.expires_at = end

    def exhausted(self, named: dict[str, str], now: datetime) -> bool:
        """Whether three failures under this name are not forgiven yet."""
        return self._debt(named, now) > now + 2 * FORGIVEN_AFTER

    def fail(self, named: dict[str, str], now: datetime) -> None:
        """Count a failed login under this name."""
        self.debts[_name(named)] = self._debt(named, now) + FORGIVEN_AFTER

    def forgive(self, *named: dict[str, str]) -> None:
        """Forget the failures under these names."""
        for one in named:
            self.debts.pop(_name(one), None)

    def _debt(self, named: dict[str, str], now: datetime) -> datetime:
        return max(now, self.debts.get(_name(named), now))


def _name(named: dict[str, str]) -> str:
    ((kind, name),) = named.items()
    return f"{kind}:{name.lower()}"
