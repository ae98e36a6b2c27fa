"""Holds all connections of a server, and keeps their number, memory and time within the limits."""

from collections.abc import Callable, Iterator
from typing import Final

from .connection import Connection
from .connection_state import ConnectionState
from .errors import RequestTimeoutError
from .event_loop import EventLoop
from .eviction import Evictor
from .limits import MAX_BUFFERED_BYTES, ServerLimits

LINGER_SECONDS: Final = 1.0
"""How long a client may take to read its last answer and to close the connection."""


class ConnectionManager:
    """Admits connections, and closes those that exceed a limit.

    Only the event loop's thread may use it, except for ``clock``, ``draining`` and
    ``mark_processing``, which any thread may use.
    """

    def __init__(self, limits: ServerLimits, clock: Callable[[], float], loop: EventLoop) -> None:
        self.clock = clock
        self.draining = False
        """Whether the server is stopping, so that every answer closes its connection."""
        self._limits = limits
        self._loop = loop
        self._evictor = Evictor(limits, clock)
        self._all: set[Connection] = set()
        self._by_source: dict[str, set[Connection]] = {}
        self._processing: set[Connection] = set()
        self._buffered_bytes = 0

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._all))

    @property
    def can_admit(self) -> bool:
        """Whether there is room for one more connection, or an eviction can make room."""
        return len(self._all) < self._limits.connections or any(
            connection.state < ConnectionState.PROCESSING for connection in self._all
        )

    def admit(self, connection: Connection) -> None:
        """Add a new connection, and evict others beyond the limits.

        At the limit of its source, the connection replaces one of the same source. If all of
        these are being processed, the source exceeds its limit until one answer is sent.
        """
        of_source = self._by_source.setdefault(connection.source, set())
        while len(of_source) >= self._limits.source_limit and self._evictor.evict(
            of_source, connection.source
        ):
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
        self._processing.discard(connection)
        if connection not in self._all:
            return
        self._all.discard(connection)
        self._buffered_bytes -= connection.counted_bytes
        of_source = self._by_source[connection.source]
        of_source.discard(connection)
        if not of_source:
            del self._by_source[connection.source]
            self._evictor.forget_source(connection.source)

    def forget_listener(self, listener: object) -> None:
        """Stop waiting for new connections of ``listener``, which is about to be closed."""
        self._loop.forget(listener)

    def evict(self) -> bool:
        """Close one connection to free its file. Returns whether a connection was closed."""
        return self._evictor.evict(self._all, None)

    def mark_processing(self, connection: Connection) -> None:
        """Note that a worker thread will change ``connection``. Any thread may call this."""
        self._processing.add(connection)

    def refresh_processing(self) -> None:
        """Update what the event loop waits for on the connections that worker threads change."""
        for connection in list(self._processing):
            # Ask first: a worker thread may finish during the update, which then saw an old state.
            if not connection.is_processing:
                # Discard before the update, so a mark that is set meanwhile is not lost.
                self._processing.discard(connection)
            self._loop.watch(connection)
            self.count_bytes(connection)

    def count_bytes(self, connection: Connection) -> None:
        """Count the buffered bytes of ``connection``; refuse slow requests beyond the limit."""
        if connection not in self._all:
            return
        buffered = connection.buffered_bytes
        self._buffered_bytes += buffered - connection.counted_bytes
        connection.counted_bytes = buffered
        while self._buffered_bytes > MAX_BUFFERED_BYTES:
            receiving = [each for each in self._all if each.state is ConnectionState.RECEIVING]
            if not receiving:
                break
            slowest = min(receiving, key=lambda each: each.waiting_since)
            self._refuse(slowest, "other requests need the memory that this one holds")

    def enforce_deadlines(self) -> None:
        """Close the connections, and refuse the requests, that take too long."""
        now = self.clock()
        for connection in list(self._all):
            seconds = now - connection.waiting_since
            match connection.state:
                case ConnectionState.LINGERING if seconds >= LINGER_SECONDS:
                    connection.handle_close()
                case ConnectionState.IDLE if seconds >= self._limits.keep_alive_seconds:
                    connection.close_if_idle()
                case ConnectionState.RECEIVING if seconds >= self._limits.request_seconds:
                    limit = self._limits.request_seconds
                    self._refuse(connection, f"it took more than {limit:g} seconds to arrive")
                case ConnectionState.SENDING if seconds >= self._limits.request_seconds:
                    connection.handle_close()
                case ConnectionState.PROCESSING if (
                    connection.blocks_a_thread and seconds >= self._limits.request_seconds
                ):
                    connection.handle_close()
                case _:
                    pass
        self._evictor.log_if_due(now)

    def _refuse(self, connection: Connection, detail: str) -> None:
        connection.refuse_request(RequestTimeoutError(detail))
        self.count_bytes(connection)
