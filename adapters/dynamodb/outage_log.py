"""Logs what is wrong with the store: once for each cause, not once for each request."""

import logging
from collections.abc import Callable, Hashable, Iterator
from itertools import count
from typing import Final

from ..runtime import monotonic

LOGGER: Final = logging.getLogger("cybershop_customer.store")

INTERVAL: Final = 60
"""Seconds. The log has at most one line for a cause in each interval."""

_MAX_CAUSES: Final = 100
"""Bounds the memory: a server that is not DynamoDB may give a new cause in each reply."""


class OutageLog:
    """The log of outages of one process, for all of its threads.

    It has no lock, because a fork could leave the lock held. Where two threads could log the same,
    one atomic operation of a dictionary decides which of them does.
    """

    def __init__(self, *, monotonic: Callable[[], float] = monotonic) -> None:
        self._monotonic = monotonic
        self._missing: dict[frozenset[str], object] = {}
        self._counts: dict[tuple[Hashable, int], Iterator[int]] = {}

    @property
    def misses_tables(self) -> bool:
        """Whether a table was missing, and no later reply shows that it exists."""
        return bool(self._missing)

    def log_missing_tables(self, tables: frozenset[str], cause: str) -> None:
        """Log that at least one of ``tables`` is missing: once, until ``note_reply`` ends it."""
        if any(logged <= tables for logged in list(self._missing)):
            return
        this_call = object()
        if self._missing.setdefault(tables, this_call) is this_call:
            LOGGER.error(
                "DynamoDB has no table %s that can be used: %.500r. The service answers requests"
                " that need it with 503 until the table exists. Run `cybershop-customer doctor`,"
                " which says how to create it",
                " or ".join(sorted(tables)),
                cause,
            )

    def note_reply(self, tables: frozenset[str]) -> None:
        """Note a reply that shows that all of ``tables`` exist."""
        for suspected in list(self._missing):
            found = self._missing.pop(suspected, None)
            if found is None:
                continue
            left = suspected - tables
            if left:
                self._missing.setdefault(left, found)
            elif not self._missing:
                LOGGER.warning("DynamoDB has every table again; the service serves requests")

    def log_failure(self, level: int, cause: Hashable, message: str, *arguments: object) -> None:
        """Log ``message``, unless ``cause`` was logged in this interval."""
        interval = int(self._monotonic() // INTERVAL)
        if len(self._counts) >= _MAX_CAUSES:
            self._counts.clear()
        if next(self._counts.setdefault((cause, interval), count())) > 0:
            return
        omitted = self._omitted(cause, interval)
        if omitted:
            message += " (%d more like this were not logged)"
            arguments += (omitted,)
        LOGGER.log(level, message, *arguments)

    def _omitted(self, cause: Hashable, before: int) -> int:
        """How often ``cause`` came unlogged in the intervals before this one; forgets these."""
        old = [key for key in list(self._counts) if key[0] == cause and key[1] < before]
        counts = [self._counts.pop(key, None) for key in old]
        return sum(next(counter) - 1 for counter in counts if counter is not None)
