"""The audit log: the shop's table ``logger``."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from ..domain.audit import AuditPage, AuditRecord


class AuditLog(Protocol):
    """Keeps audit records until their retention is over.

    A reader asks for one customer and a range of time. A repository stores the record of a change
    in the transaction of the change.
    """

    @abstractmethod
    def append(self, record: AuditRecord) -> None:
        """Store a record without a change, such as that of a refusal or of an export.

        Appending the same record again changes nothing. A store never updates or replaces a record.
        """

    @abstractmethod
    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        """At most ``limit`` records of ``since <= at < until``, oldest first.

        ``after`` is the ``next_cursor`` of the page before, or None for the first page. An
        unknown customer has an empty page. A page with a ``next_cursor`` may have fewer records,
        even none, if the customer is ``-``: a store may keep those records in many places.
        """

    @abstractmethod
    def find(self, customer_id: str, positions: Collection[str]) -> Mapping[str, AuditRecord]:
        """The records of a customer at these ``positions``, by position.

        It is one read for each 100 positions, and none without positions. A position without a
        record is left out. The answer may be a moment old.
        """
