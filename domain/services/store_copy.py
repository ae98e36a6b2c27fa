"""Copies all entries of a store to another store, and can continue after an interruption."""

from collections.abc import Callable
from dataclasses import dataclass

from ...ports.bulk_access import BulkSource, BulkTarget
from ...ports.clock import Clock
from .store_comparison import PAGE_ENTRIES, Advance, Comparison, compare_stores


@dataclass(frozen=True, slots=True)
class CopyState:
    """How far a copy has come. It survives the process in any form that keeps these fields."""

    cursor: str | None = None
    """Where the next page begins; None before the first page and after the last one."""
    entries: int = 0
    """How many entries were written."""
    is_complete: bool = False
    """Whether every page was written."""


class StoreCopy:
    """Copies the entries of ``source`` that have not ended to ``target``."""

    def __init__(self, source: BulkSource, target: BulkTarget, clock: Clock) -> None:
        self._source = source
        self._target = target
        self._clock = clock

    def copy(self, state: CopyState, *, after_page: Callable[[CopyState], None]) -> None:
        """Write every page from ``state`` on.

        If this is interrupted, call it again with the last state that ``after_page`` got. A page
        that is written twice does no harm.

        Args:
            state: how far the copy has come; ``CopyState()`` at first.
            after_page: is called after each page, when its entries are durable in the target.
        """
        while not state.is_complete:
            page = self._source.read_page(state.cursor, limit=PAGE_ENTRIES)
            now = self._clock.now()
            entries = [entry for entry in page.entries if not entry.has_ended(now)]
            if entries:
                self._target.write(entries)
            state = CopyState(
                cursor=page.next_cursor,
                entries=state.entries + len(entries),
                is_complete=page.next_cursor is None,
            )
            after_page(state)

    def verify(self, *, advance: Advance) -> Comparison:
        """Compare every entry of both stores. ``advance`` gets the entries of each page."""
        now = self._clock.now()
        return compare_stores(self._source, self._target, now=now, advance=advance)
