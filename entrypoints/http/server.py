"""Serves the application with waitress, within limits, and stops without dropping a request."""

# The types that pyright brings for waitress are those of an older one.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import logging
import socket
from collections.abc import Callable
from typing import Any, Final

from waitress import wasyncore
from waitress.adjustments import Adjustments

from ...adapters.runtime import monotonic
from .request_schema import MAX_BYTES
from .serving.connection import Connection, Stage
from .serving.connections import Connections
from .serving.event_loop import EventLoop
from .serving.limits import MAX_HEADER_BYTES, ServerLimits
from .serving.listener import PAUSE_SECONDS, Listener
from .serving.syn_filter import drop_new_connections
from .serving.worker_threads import WorkerThreads

LOGGER: Final = logging.getLogger("cybershop_customer.http")

KEPT_SECONDS: Final = 0.5
"""How long after its last reply a connection is still read from once the server stops."""

_TURN_SECONDS: Final = 0.5
_DRAIN_TURN_SECONDS: Final = 0.05


class Server:
    """Listens from the moment it is made; ``run`` serves until ``stop`` is called.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(
        self,
        app: Callable[..., Any],
        *,
        host: str,
        port: int,
        threads: int,
        limits: ServerLimits | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        limits = limits or ServerLimits()
        self._stop_seconds = limits.stop_seconds
        self._clock = clock
        self._loop = EventLoop()
        self._connections = Connections(limits, clock, self._loop)
        self._workers = WorkerThreads()
        self._parts: dict[int, Any] = {}
        self._listeners: list[Listener] = []
        self._stopping = False
        self._check_at = clock()
        adjustments = Adjustments(
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_header_size=MAX_HEADER_BYTES,
            # waitress refuses a length that is not below this.
            max_request_body_size=MAX_BYTES + 1,
            clear_untrusted_proxy_headers=True,
        )
        try:
            for address in adjustments.listen:
                self._listeners.append(
                    Listener(
                        app,
                        self._parts,
                        adjustments,
                        address,
                        connections=self._connections,
                        workers=self._workers,
                    )
                )
        except OSError:
            wasyncore.close_all(self._parts)
            self._loop.close()
            raise
        for listener in self._listeners:
            self._loop.watch(listener)
            self._loop.watch(listener.trigger)
        self._workers.set_thread_count(threads)

    @property
    def url(self) -> str:
        """Where the service answers: the first address it listens on."""
        listener = self._listeners[0]
        host = listener.effective_host
        if listener.family == socket.AF_INET6:
            host = f"[{host}]"
        return f"http://{host}:{listener.effective_port}"

    def stop(self) -> None:
        """Finish what is in flight and make ``run`` return. Safe in a signal handler."""
        self._stopping = True
        self._connections.draining = True
        for listener in self._listeners:
            listener.pull_trigger()

    def run(self) -> bool:
        """Serve until stopped. Returns whether every request in flight was answered in time.

        A worker thread that hangs may be left behind: do not end the interpreter while one is.
        """
        while not self._stopping:
            self._turn(_TURN_SECONDS)
        return self._drain()

    def close(self) -> None:
        """Close what ``stop`` needs: after ``run`` has returned, when nobody calls it any more."""
        for listener in self._listeners:
            listener.trigger.close()
        self._loop.close()

    def _drain(self) -> bool:
        """Answer every request of the clients that are connected, and end the connections."""
        deadline = self._clock() + self._stop_seconds
        for listener in self._listeners:
            drop_new_connections(listener.socket)
            while listener.accept_one():
                pass
            wasyncore.dispatcher.close(listener)
        self._turn(0)
        while self._close_unused() and self._clock() < deadline:
            self._turn(_DRAIN_TURN_SECONDS)
        unanswered = sum(connection.awaits_reply for connection in self._connections)
        if unanswered:
            LOGGER.warning(
                "the service stops, and %d requests got no reply; CUSTOMER_STOP_SECONDS is %g",
                unanswered,
                self._stop_seconds,
            )
        for connection in self._connections:
            connection.handle_close()
        self._workers.stop(max(0.0, deadline - self._clock()))
        return not unanswered

    def _close_unused(self) -> int:
        """Close the connections on which no request is to be expected. Returns how many stay.

        A client that was just answered has yet to learn that the server stops, and may have sent
        another request.
        """
        now = self._clock()
        for connection in self._connections:
            if connection.stage is Stage.IDLE and now - connection.quiet_since >= KEPT_SECONDS:
                self._connections.close_if_idle(connection)
        return len(self._connections)

    def _turn(self, seconds: float) -> None:
        """Wait at most ``seconds`` for something to happen, and do what there is to do."""
        for listener in self._listeners:
            if listener.paused:
                seconds = min(seconds, PAUSE_SECONDS)
                listener.resume_if_due()
                self._loop.watch(listener)
        self._connections.follow_changes()
        for part in self._loop.turn(seconds):
            if isinstance(part, Connection):
                self._connections.count_bytes(part)
        now = self._clock()
        if now >= self._check_at:
            self._check_at = now + seconds
            self._connections.enforce_deadlines()
