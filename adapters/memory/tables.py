"""The data that the in-memory adapters share."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Self

from ...domain.audit import AuditRecord, rfc3339
from ...domain.customer import Customer
from ...domain.session import Revocation, Session
from ...domain.session_feed import KEPT, SessionChange
from ..forking.fork_safe_lock import ForkSafeLock


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
    """

    def __init__(self) -> None:
        self.lock = ForkSafeLock()
        self.rows: dict[str, Row] = {}
        self.email_owners: dict[str, str] = {}
        self.attempts: dict[tuple[str, float], int] = {}
        self.logs: dict[str, list[AuditRecord]] = {}
        self.session_changes: list[SessionChange] = []

    def tell(self, record: AuditRecord) -> None:
        """Put the change behind ``record`` into the feed; call with ``lock`` held."""
        changes, by_position = self.session_changes, attrgetter("position")
        change = SessionChange(record.position, record.customer_id)
        changes.insert(bisect_left(changes, change.position, key=by_position), change)
        del changes[: bisect_left(changes, rfc3339(record.at - KEPT), key=by_position)]

    def log(self, record: AuditRecord) -> None:
        """Keep ``record`` in its place; call with ``lock`` held."""
        records = self.logs.setdefault(record.customer_id, [])
        place = len(records)
        # Clocks of several threads may hand in records out of order, if only just.
        while place and records[place - 1].position > record.position:
            place -= 1
        if not (place and records[place - 1].position == record.position):
            records.insert(place, record)
