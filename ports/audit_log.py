"""The audit log: the shop's table ``logger``."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol

from ..domain.audit import AuditPage, AuditRecord


class AuditLog(Protocol):
    """Keeps what happened, for readers who ask for one customer and a range of time.

    Records of changes are written by the repositories, together with the change.
    """

    @abstractmethod
    def append(self, record: AuditRecord) -> None:
        """Keep a record that goes with no change: a refusal. Appending it again changes nothing."""

    @abstractmethod
    def read(
        self, customer_id: str, *, since: datetime, until: datetime, after: str | None, limit: int
    ) -> AuditPage:
        """At most ``limit`` records of ``since <= at < until``, oldest first.

        ``after`` is the ``next_cursor`` of the page before, or None for the first page. An
        unknown customer has an empty page.
        """
