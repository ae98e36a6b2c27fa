"""Logs what is wrong with the store: once for each cause, not once for each request."""

import logging
from collections.abc import Callable, Hashable
from itertools import count
from typing import Final

from ..runtime import monotonic

LOGGER: Final = logging.getLogger("cybershop_customer.store")

INTERVAL: Final = 60
"""Seconds. The log has at most one line for a cause in any time of this length."""

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
        self._latest: dict[Hashable, _Logged] = {}

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
        """Log ``message``, unless ``cause`` was logged within ``INTERVAL``."""
        now = self._monotonic()
        if cause not in self._latest and len(self._latest) >= _MAX_CAUSES:
            self._latest.clear()
        this_call = _Logged(now + INTERVAL)
        latest = self._latest.setdefault(cause, this_call)
        if latest is not this_call:
            if now < latest.due or next(latest.successors) > 0:
                next(latest.omitted)
                return
            self._latest[cause] = this_call
            omitted = next(latest.omitted)
            if omitted:
                message += " (%d more like this were not logged)"
                arguments += (omitted,)
        LOGGER.log(level, message, *arguments)


class _Logged:
    """A cause that was logged, and what has come since then."""

    def __init__(self, due: float) -> None:
        self.due = due
        """From when on the cause is logged again."""
        self.omitted = count()
        self.successors = count()
        """Decides which of several threads logs the cause the next time."""
