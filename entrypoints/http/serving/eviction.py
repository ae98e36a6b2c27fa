"""Closes a connection to make room for a new one."""

import logging
from collections import deque
from collections.abc import Callable, Collection
from typing import Final

from .connection import Connection
from .connection_state import ConnectionState
from .limits import ServerLimits

LOGGER: Final = logging.getLogger("cybershop_customer.http")

_LOG_SECONDS: Final = 60.0


class Evictor:
    """Evicts connections in the order of ``ConnectionState``, the longest waiting first."""

    def __init__(self, limits: ServerLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._idle_queues: dict[str | None, deque[tuple[float, Connection]]] = {}
        self._evictions = 0
        self._log_at = clock()

    def evict(self, candidates: Collection[Connection], source: str | None) -> bool:
        """Close one of ``candidates``.

        Args:
            candidates: the connections of ``source``, or all connections.
            source: the source, or None if the candidates are all connections.

        Returns:
            Whether a connection was closed. False means that all are being processed.
        """
        evicted = self._evict_idle(candidates, source) or self._evict_slowest(candidates)
        self._evictions += evicted
        return evicted

    def forget_source(self, source: str) -> None:
        """Drop the queue of ``source``, which has no connection left."""
        self._idle_queues.pop(source, None)

    def log_if_due(self, now: float) -> None:
        """Log the number of evictions, at most once a minute."""
        if self._evictions and now >= self._log_at:
            LOGGER.warning(
                "%d connections were closed to make room for new ones;"
                " CUSTOMER_CONNECTIONS is %d, CUSTOMER_CONNECTIONS_PER_SOURCE is %d",
                self._evictions,
                self._limits.connections,
                self._limits.source_limit,
            )
            self._evictions = 0
            self._log_at = now + _LOG_SECONDS

    def _evict_idle(self, candidates: Collection[Connection], source: str | None) -> bool:
        # Sorting for every new connection would be slow under a flood of connections. The order
        # of idle connections does not change, so a sorted queue is used until it is empty. Then
        # it is sorted once more, for the connections that became idle since.
        for _ in range(2):
            queue = self._idle_queues.setdefault(source, deque())
            while queue:
                since, connection = queue.popleft()
                if connection in candidates and connection.waiting_since == since:
                    if connection.state is ConnectionState.LINGERING:
                        connection.handle_close()
                        return True
                    if connection.close_if_idle():
                        return True
            idle = (each for each in candidates if each.state <= ConnectionState.IDLE)
            ordered = sorted((each.waiting_since, id(each), each) for each in idle)
            self._idle_queues[source] = deque((since, each) for since, _, each in ordered)
        return False

    def _evict_slowest(self, candidates: Collection[Connection]) -> bool:
        slow = [
            each
            for each in candidates
            if ConnectionState.IDLE < each.state < ConnectionState.PROCESSING
        ]
        if not slow:
            return False
        min(slow, key=lambda each: (each.state, each.waiting_since)).handle_close()
        return True
