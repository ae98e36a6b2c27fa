"""Reads and writes all entries of a store, for a copy to another store."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ..domain.store_entry import StoreEntry


@dataclass(frozen=True, slots=True)
class EntryPage:
    """Some entries of a store, and the cursor of the next page, or None on the last page.

    A page that has a cursor may have fewer entries than were asked for, even none.
    """

    entries: tuple[StoreEntry, ...]
    next_cursor: str | None


class BulkSource(Protocol):
    """Reads every entry of one store."""

    @property
    @abstractmethod
    def place(self) -> str:
        """Where the store is, for the operator. Two stores never have the same place."""

    @abstractmethod
    def estimate_count(self) -> int | None:
        """About how many entries there are, or None if the store does not know."""

    @abstractmethod
    def read_page(self, after: str | None, *, limit: int) -> EntryPage:
        """The next page in the store's own order, which is the same at each call.

        Entries that have ended may be among them. The audit records come after all others.

        Args:
            after: the ``next_cursor`` of the page before, also one of an earlier process; None
                for the first page.
            limit: the most entries of the page.

        Raises:
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses, or ``after`` is no cursor of this store.
        """


class BulkTarget(BulkSource, Protocol):
    """Writes entries too."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether the store has nothing at all, not even a login budget."""

    @abstractmethod
    def write(self, entries: Sequence[StoreEntry]) -> None:
        """Store each of ``entries``, in place of a stored one with the same key.

        All of them are durable afterwards. If this raises, some of them may be stored; the same
        call again stores all.

        Raises:
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses.
        """
