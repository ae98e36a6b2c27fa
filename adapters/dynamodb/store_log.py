"""Tells the log what is wrong with the store: once for each cause, not once for each request."""

import logging
from collections.abc import Callable, Hashable, Iterator
from itertools import count
from typing import Final

from ..runtime import monotonic

LOGGER: Final = logging.getLogger("cybershop_customer")

INTERVAL: Final = 60
"""Seconds in which one cause is told once."""

_MOST_CAUSES: Final = 100
"""What is not DynamoDB may name a new cause with each reply."""


class StoreLog:
    """One process's log of outages, for all of its threads.

    It has no lock, since a fork could leave it held. One operation of a dictionary decides which
    thread logs.
    """

    def __init__(self, *, monotonic: Callable[[], float] = monotonic) -> None:
        self._monotonic = monotonic
        self._missing: dict[frozenset[str], object] = {}
        self._counts: dict[tuple[Hashable, int], Iterator[int]] = {}

    @property
    def misses_tables(self) -> bool:
        """Whether a table was missing, and no later reply says that it is there."""
        return bool(self._missing)

    def missing(self, tables: frozenset[str], cause: str) -> None:
        """Note that at least one of ``tables`` is not there. Tells it until ``served`` ends it."""
        if any(told <= tables for told in list(self._missing)):
            return
        me = object()
        if self._missing.setdefault(tables, me) is me:
            LOGGER.error(
                "DynamoDB has no table %s that can be used: %.500r. Requests that need it are"
                " answered with 503 until it is there. Run `cybershop-customer doctor`, which says"
                " how to create it",
                " or ".join(sorted(tables)),
                cause,
            )

    def served(self, tables: frozenset[str]) -> None:
        """Note a reply that only tables that are there can give."""
        for suspected in list(self._missing):
            found = self._missing.pop(suspected, None)
            if found is None:
                continue
            left = suspected - tables
            if left:
                self._missing.setdefault(left, found)
            elif not self._missing:
                LOGGER.warning("DynamoDB has every table again; requests are served")

    def failed(self, level: int, cause: Hashable, message: str, *arguments: object) -> None:
        """Log ``message``, unless ``cause`` was told in this interval."""
        interval = int(self._monotonic() // INTERVAL)
        if len(self._counts) >= _MOST_CAUSES:
            self._counts.clear()
        if next(self._counts.setdefault((cause, interval), count())) > 0:
            return
        left_out = self._left_out(cause, interval)
        if left_out:
            message += " (and %d more like it since that was last told)"
            arguments += (left_out,)
        LOGGER.log(level, message, *arguments)

    def _left_out(self, cause: Hashable, before: int) -> int:
        """How often ``cause`` came up untold in the intervals before, which are forgotten."""
        old = [key for key in list(self._counts) if key[0] == cause and key[1] < before]
        counts = [self._counts.pop(key, None) for key in old]
        return sum(next(counter) - 1 for counter in counts if counter is not None)
