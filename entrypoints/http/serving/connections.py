"""All connections of a server: how many there may be, and how long each may take."""

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import Final

from .connection import Connection, Stage
from .errors import RequestTimeoutError
from .event_loop import EventLoop
from .limits import MAX_HELD_BYTES, ServerLimits

LOGGER: Final = logging.getLogger("cybershop_customer.http")

LINGER_SECONDS: Final = 1.0
"""How long a client may take to read its last reply and to close the connection."""

_LOG_SECONDS: Final = 60.0


class Connections:
    """Admits connections, and closes those that have to make room or take too long.

    The event loop's thread alone uses it, except for ``clock``, ``draining`` and ``note_change``.
    """

    def __init__(self, limits: ServerLimits, clock: Callable[[], float], loop: EventLoop) -> None:
        self.clock = clock
        self.draining = False
        """Whether every reply closes its connection, since the server stops."""
        self._limits = limits
        self._loop = loop
        self._all: set[Connection] = set()
        self._by_source: dict[str, set[Connection]] = {}
        self._changed: set[Connection] = set()
        self._idle_longest: dict[str | None, deque[tuple[float, Connection]]] = {}
        self._held_bytes = 0
        self._evicted = 0
        self._log_at = clock()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._all))

    @property
    def can_admit(self) -> bool:
        """Whether there is room for one more connection, or another one can make room."""
        return len(self._all) < self._limits.connections or any(
            connection.stage < Stage.SERVED for connection in self._all
        )

    def admit(self, connection: Connection) -> None:
        """Add a new connection, and close others beyond the limits.

        Beyond its share, a source pays with its own connections. If all of them are being served,
        it has more than its share until one is not.
        """
        of_source = self._by_source.setdefault(connection.source, set())
        while len(of_source) >= self._limits.share and self._evict(of_source, connection.source):
            pass
        while len(self._all) >= self._limits.connections and self.evict():
            pass
        # An eviction of the source's last connection has removed the set.
        self._by_source.setdefault(connection.source, of_source).add(connection)
        self._all.add(connection)
        self._loop.watch(connection)

    def remove(self, connection: Connection) -> None:
        """Forget ``connection``, which is about to be closed."""
        self._loop.forget(connection)
        self._changed.discard(connection)
        if connection not in self._all:
            return
        self._all.discard(connection)
        self._held_bytes -= connection.counted_bytes
        of_source = self._by_source[connection.source]
        of_source.discard(connection)
        if not of_source:
            del self._by_source[connection.source]
            self._idle_longest.pop(connection.source, None)

    def forget_listener(self, listener: object) -> None:
        """Wait for no more connections of ``listener``, which is about to be closed."""
        self._loop.forget(listener)

    def evict(self) -> bool:
        """Close the connection that was idle longest. Returns whether there was one to close."""
        return self._evict(self._all, None)

    def note_change(self, connection: Connection) -> None:
        """Say that a worker thread will change ``connection``. Any thread may call it."""
        self._changed.add(connection)

    def follow_changes(self) -> None:
        """Wait for what the connections in service want by now."""
        for connection in list(self._changed):
            # In this order: a change after the look at it is noted anew.
            self._changed.discard(connection)
            self._loop.watch(connection)
            self.count_bytes(connection)
            if connection.in_service:
                self._changed.add(connection)

    def count_bytes(self, connection: Connection) -> None:
        """Note what ``connection`` holds in memory, and give up requests if all hold too much."""
        if connection not in self._all:
            return
        held = connection.held_bytes
        self._held_bytes += held - connection.counted_bytes
        connection.counted_bytes = held
        while self._held_bytes > MAX_HELD_BYTES:
            receiving = [each for each in self._all if each.stage is Stage.RECEIVING]
            if not receiving:
                break
            slowest = min(receiving, key=lambda each: each.since)
            self._refuse(slowest, "other requests need the memory that this one holds")

    def enforce_deadlines(self) -> None:
        """Close or refuse what has taken too long."""
        now = self.clock()
        for connection in list(self._all):
            seconds = now - connection.since
            match connection.stage:
                case Stage.LINGERING if seconds >= LINGER_SECONDS:
                    connection.handle_close()
                case Stage.IDLE if seconds >= self._limits.keep_alive_seconds:
                    self.close_if_idle(connection)
                case Stage.RECEIVING if seconds >= self._limits.request_seconds:
                    limit = self._limits.request_seconds
                    self._refuse(connection, f"it took more than {limit:g} seconds to arrive")
                case Stage.SENDING if seconds >= self._limits.request_seconds:
                    connection.handle_close()
                case _:
                    pass
        self._log_evictions(now)

    def close_if_idle(self, connection: Connection) -> bool:
        """Close ``connection`` unless a request has come meanwhile. Returns whether it did."""
        idle = connection.stage is Stage.IDLE and not connection.has_unread
        if idle:
            connection.handle_close()
        return idle

    def _evict(self, candidates: Collection[Connection], scope: str | None) -> bool:
        evicted = self._evict_idle(candidates, scope) or self._evict_slowest(candidates)
        self._evicted += evicted
        return evicted

    def _evict_idle(self, candidates: Collection[Connection], scope: str | None) -> bool:
        # Sorting for each new connection would make a flood of them expensive. Who was idle
        # longest stays so, so one sorting serves until all in it are closed or in use again.
        for _ in range(2):
            queue = self._idle_longest.setdefault(scope, deque())
            while queue:
                since, connection = queue.popleft()
                if connection in candidates and connection.since == since:
                    if connection.stage is Stage.LINGERING:
                        connection.handle_close()
                        return True
                    if self.close_if_idle(connection):
                        return True
            idle = (each for each in candidates if each.stage <= Stage.IDLE)
            ordered = sorted((each.since, id(each), each) for each in idle)
            self._idle_longest[scope] = deque((since, each) for since, _, each in ordered)
        return False

    def _evict_slowest(self, candidates: Collection[Connection]) -> bool:
        waiting = [each for each in candidates if Stage.IDLE < each.stage < Stage.SERVED]
        if not waiting:
            return False
        min(waiting, key=lambda each: (each.stage, each.since)).handle_close()
        return True

    def _refuse(self, connection: Connection, detail: str) -> None:
        connection.refuse(RequestTimeoutError(detail))
        self.count_bytes(connection)

    def _log_evictions(self, now: float) -> None:
        if self._evicted and now >= self._log_at:
            LOGGER.warning(
                "%d connections were closed to make room for new ones;"
                " CUSTOMER_CONNECTIONS is %d, CUSTOMER_CONNECTIONS_PER_SOURCE is %d",
                self._evicted,
                self._limits.connections,
                self._limits.share,
            )
            self._evicted = 0
            self._log_at = now + _LOG_SECONDS
