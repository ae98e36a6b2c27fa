"""A store of entries in memory, whose pages are as small as a test wants."""

from collections.abc import Iterable, Sequence

from cybershop_customer.domain.store_entry import (
    AuditEntry,
    CustomerEntry,
    EmailGuardEntry,
    StoreEntry,
)
from cybershop_customer.ports.bulk_access import BulkTarget, EntryPage


class InterruptedCopyError(Exception):
    """The process ends here."""


class PagedStore(BulkTarget):
    """Keeps entries by their keys. It can be interrupted after any number of written entries."""

    def __init__(self, entries: Iterable[StoreEntry] = (), *, page: int = 3) -> None:
        self.entries = {key_of(entry): entry for entry in entries}
        self.page = page
        self.fails_after: int | None = None
        """How many more entries are written before the interruption."""
        self.largest_page = 0

    @property
    def place(self) -> str:
        return "memory"

    def estimate_count(self) -> int:
        return len(self.entries)

    def is_empty(self) -> bool:
        return not self.entries

    def read_page(self, after: str | None, *, limit: int) -> EntryPage:
        start = int(after or 0)
        end = start + min(limit, self.page)
        entries = tuple(self.entries.values())[start:end]
        self.largest_page = max(self.largest_page, len(entries))
        return EntryPage(entries, str(end) if end < len(self.entries) else None)

    def write(self, entries: Sequence[StoreEntry]) -> None:
        for entry in entries:
            if self.fails_after == 0:
                self.fails_after = None
                raise InterruptedCopyError
            if self.fails_after is not None:
                self.fails_after -= 1
            self.entries[key_of(entry)] = entry


def key_of(entry: StoreEntry) -> tuple[str, str]:
    """The primary key of an entry."""
    match entry:
        case EmailGuardEntry():
            return entry.kind, entry.email_key
        case AuditEntry():
            return entry.kind, f"{entry.customer_id}/{entry.record.position}"
        case CustomerEntry():
            return entry.kind, entry.customer_id
    return entry.kind, entry.customer_id
