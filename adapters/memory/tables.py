"""The data that the in-memory adapters share."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Self

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.session import Revocation, Session
from ...domain.session_feed import RETENTION, SessionChange
from ..forking.fork_safe_lock import ForkSafeLock
from ..runtime import monotonic as system_monotonic
from .attempt_counts import AttemptCounts
from .timeline import Timeline

_MAX_REMOVED: Final = 1000
"""Entries of the feed that one change removes at most, so that none holds the lock for long."""


@dataclass(frozen=True, slots=True)
class Row:
    """One customer, its sessions, and the traces of those that were ended.

    A row is replaced as a whole, never changed, so that reading needs no lock and always sees
    one moment.
    """

    customer: Customer
    sessions: Mapping[str, Session] = field(default_factory=dict[str, Session])
    revocations: Mapping[str, Revocation] = field(default_factory=dict[str, Revocation])

    def without_sessions(self, now: datetime) -> Self:
        """The row after every session was ended."""
        ended = {session_id: Revocation(session_id, now) for session_id in self.sessions}
        return replace(self, sessions={}, revocations={**self.revocations, **ended})


class Tables:
    """Everything stored. Whoever changes anything holds ``lock`` from first look to last write.

    A forked child has a copy of the data as of the fork, and never of a half-made change.

    ``monotonic`` is the time in seconds by which entries age: the clock may be set, which must
    drop nothing too early.
    """

    def __init__(self, monotonic: Callable[[], float] = system_monotonic) -> None:
        self.lock = ForkSafeLock()
        self.monotonic = monotonic
        self.rows: dict[str, Row] = {}
        self.email_owners: dict[str, str] = {}
        self.attempts: dict[float, AttemptCounts] = {}
        """By the end of their window; the window that was charged last stands last."""
        self.logs: dict[str, Timeline[AuditRecord]] = {}
        self.session_changes: Timeline[SessionChange] = Timeline()
        self._told: deque[tuple[float, str]] = deque()

    def publish_change(self, record: AuditRecord) -> None:
        """Put the change behind ``record`` into the feed; call with ``lock`` held."""
        now, position = self.monotonic(), record.position
        self.session_changes.add(position, SessionChange(position, record.customer_id))
        self._told.append((now, position))
        old: set[str] = set()
        while len(old) < _MAX_REMOVED and now - self._told[0][0] > RETENTION.total_seconds():
            old.add(self._told.popleft()[1])
        if old:
            self.session_changes.remove(old)

    def log(self, record: AuditRecord) -> None:
        """Keep ``record`` in its place; call with ``lock`` held."""
        self.logs.setdefault(record.customer_id, Timeline()).add(record.position, record)
