"""The data that the in-memory adapters share."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Final, Self

from ...domain.audit import DEFAULT_RETENTION, AuditRecord
from ...domain.customer import Customer
from ...domain.device import Device
from ...domain.session import Revocation, Session
from ...domain.session_feed import RETENTION, SessionChange
from ..forking.fork_safe_lock import ForkSafeLock
from ..runtime import monotonic as system_monotonic
from .aging_items import AgingItems
from .budgets import Budgets
from .registrations import Registrations
from .shared_texts import LATEST, with_shared_texts
from .timeline import Timeline
from .tombstones import Tombstones

_MAX_REMOVED: Final = 1000
"""The most old feed entries that one change removes, so that it holds the lock only briefly."""

_MAX_ENDED: Final = 100
"""The most ended customers that a new one removes, for the same reason."""

_MAX_DROPPED: Final = 100
"""The most old audit records that a new one drops, for the same reason."""

_POSITION: Final = attrgetter("position")

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})
"""Shared by all customers without a session. A dictionary for each would take 64 bytes."""


def _no_entries() -> Mapping[str, Any]:
    return _NONE


@dataclass(frozen=True, slots=True)
class Row:
    """One customer with its sessions and revocations.

    A change replaces the whole row, so a reader needs no lock and never sees half a change.
    """

    customer: Customer
    sessions: Mapping[str, Session] = field(default_factory=_no_entries)
    revocations: Mapping[str, Revocation] = field(default_factory=_no_entries)
    devices: Mapping[str, Device] = field(default_factory=_no_entries)

    def with_only(self, session: Session | None, now: datetime) -> Self:
        """The row after every other session was revoked at ``now``."""
        kept = {} if session is None else {session.session_id: session}
        revoked = {
            session_id: Revocation(session_id, now)
            for session_id in self.sessions
            if session_id not in kept
        }
        return replace(self, sessions=kept, revocations={**self.revocations, **revoked})


class Tables:
    """All stored data. A change holds ``lock`` from its first read to its last write.

    A forked child has a copy of the data as of the fork, and never of half a change.

    ``monotonic`` returns the time in seconds by which entries age. The wall clock is not used: if
    it were set ahead, entries would be removed too early. Audit records are kept for
    ``audit_retention`` and longer: each new one drops some that are older.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = system_monotonic,
        audit_retention: timedelta = DEFAULT_RETENTION,
    ) -> None:
        self.lock = ForkSafeLock()
        self.monotonic = monotonic
        self.rows: dict[str, Row] = {}
        self.customer_ids: Timeline[str] = Timeline(str)
        """The ids of all ``rows``, sorted. A reader holds ``lock`` too."""
        self.email_owners: dict[str, str] = {}
        self.tombstones = Tombstones()
        self.registrations = Registrations()
        self._ending: deque[tuple[datetime, str]] = deque()
        """The customers that may end, in the order of their ends."""
        self.login_budgets = Budgets(monotonic=monotonic)
        self.logs: dict[str, Timeline[AuditRecord]] = {}
        self._audit_retention = audit_retention.total_seconds()
        self._logged: AgingItems[AuditRecord] = AgingItems()
        self.session_changes: Timeline[SessionChange] = Timeline(_POSITION)
        self._published: AgingItems[SessionChange] = AgingItems()

    def add_row(self, customer: Customer, now: datetime) -> None:
        """Add a customer, and remove some that have ended. The caller holds ``lock``."""
        for _ in range(_MAX_ENDED):
            if not self._ending or self._ending[0][0] > now:
                break
            _, ended_id = self._ending.popleft()
            row = self.rows.get(ended_id)
            if row is not None and not row.customer.exists_at(now):
                self.remove_row(ended_id)
        self.rows[customer.customer_id] = Row(customer)
        self.customer_ids.add(customer.customer_id)
        if customer.expires_at is not None:
            self._ending.append((customer.expires_at, customer.customer_id))

    def remove_row(self, customer_id: str) -> None:
        """Remove a customer. The caller holds ``lock``."""
        del self.rows[customer_id]
        self.customer_ids.remove({customer_id})

    def find_row(self, customer_id: str, now: datetime) -> Row | None:
        """The row of a customer that has not ended at ``now``, or None if there is none."""
        row = self.rows.get(customer_id)
        return row if row is not None and row.customer.exists_at(now) else None

    def publish_change(self, record: AuditRecord) -> None:
        """Publish the session change that ``record`` describes. The caller holds ``lock``."""
        now, change = self.monotonic(), SessionChange(record.position, record.customer_id)
        self.session_changes.add(change)
        self._published.add(change, now)
        old = self._published.take_older(now - RETENTION.total_seconds(), limit=_MAX_REMOVED)
        if old:
            self.session_changes.remove({change.position for change in old})

    def log(self, record: AuditRecord) -> None:
        """Add ``record`` to its customer's log. The caller holds ``lock``."""
        log = self.logs.get(record.customer_id)
        if log is None:
            log = self.logs[record.customer_id] = Timeline(_POSITION)
        record = with_shared_texts(record, log.latest(LATEST))
        if log.add(record):
            now = self.monotonic()
            self._logged.add(record, now)
            self._drop_old_records(now)

    def _drop_old_records(self, now: float) -> None:
        positions: dict[str, set[str]] = {}
        for record in self._logged.take_older(now - self._audit_retention, limit=_MAX_DROPPED):
            positions.setdefault(record.customer_id, set()).add(record.position)
        for customer_id, old in positions.items():
            log = self.logs[customer_id]
            log.remove(old)
            if not log:
                del self.logs[customer_id]
