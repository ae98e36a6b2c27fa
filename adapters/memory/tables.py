"""The data that the in-memory adapters share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import RLock

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.session import Session


@dataclass(frozen=True, slots=True)
class Row:
    """One customer and its sessions.

    A row is replaced as a whole, never changed, so that reading needs no lock and always sees
    one moment.
    """

    customer: Customer
    sessions: Mapping[str, Session] = field(default_factory=dict[str, Session])


class Tables:
    """Everything stored. Whoever changes anything holds ``lock`` from first look to last write."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.rows: dict[str, Row] = {}
        self.email_owners: dict[str, str] = {}
        self.attempts: dict[tuple[str, float], int] = {}
        self.logs: dict[str, list[AuditRecord]] = {}

    def log(self, record: AuditRecord) -> None:
        """Keep ``record`` in its place; call with ``lock`` held."""
        records = self.logs.setdefault(record.customer_id, [])
        place = len(records)
        # Clocks of several threads may hand in records out of order, if only just.
        while place and records[place - 1].position > record.position:
            place -= 1
        if not (place and records[place - 1].position == record.position):
            records.insert(place, record)
