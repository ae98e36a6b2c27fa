"""Starts the HTTP server, runs it, and stops it without dropping a request.

The package ``serving`` has its parts, and says why waitress alone is not enough.
"""

# pyright has type stubs of an older waitress.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any, Final

from ...adapters.extras import requires_extra

with requires_extra("service"):
    from waitress import wasyncore
    from waitress.adjustments import Adjustments

from ...adapters.runtime import monotonic
from .gate_path import is_gate_path
from .precedence import goes_first
from .request_schema import MAX_BYTES
from .serving.connection import Connection
from .serving.connection_manager import ConnectionManager
from .serving.connection_state import ConnectionState
from .serving.event_loop import EventLoop
from .serving.limits import MAX_HEADER_BYTES, MAX_UNREAD_BYTES, ServerLimits
from .serving.listener import ACCEPT_PAUSE_SECONDS, Listener
from .serving.syn_filter import drop_new_connections
from .serving.worker_threads import WorkerThreads

LOGGER: Final = logging.getLogger("cybershop_customer.http")

DRAIN_IDLE_SECONDS: Final = 0.5
"""How long a stopping server keeps an idle connection open after its last answer."""

_WAIT_SECONDS: Final = 0.5
_DRAIN_WAIT_SECONDS: Final = 0.05


class Server:
    """Listens as soon as it is constructed. ``run`` serves until ``stop`` is called.

    Args:
        sockets: listening sockets to use instead of new ones; other processes may use them too.
        on_turn: called by ``run`` about twice a second, while its event loop lives.

    Raises:
        OSError: the server cannot listen on the address.
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
        sockets: Sequence[socket.socket] = (),
        on_turn: Callable[[], None] = lambda: None,
    ) -> None:
        limits = limits or ServerLimits()
        self._stop_seconds = limits.stop_seconds
        self._clock = clock
        self._loop = EventLoop()
        self._connections = ConnectionManager(limits, clock, self._loop)
        self._workers = WorkerThreads(goes_first)
        self._handlers: dict[int, Any] = {}
        self._listeners: list[Listener] = []
        self._stopping = False
        self._accepts_waiting = True
        self._on_turn = on_turn
        self._stop_deadline = float("inf")
        self._check_at = clock()
        adjustments = Adjustments(
            host=host,
            port=port,
            threads=threads,
            ident=None,
            max_request_header_size=MAX_HEADER_BYTES,
            outbuf_high_watermark=MAX_UNREAD_BYTES,
            # waitress refuses a body of exactly this length too.
            max_request_body_size=MAX_BYTES + 1,
            # The application reads them, and believes only CUSTOMER_TRUSTED_PROXIES.
            clear_untrusted_proxy_headers=False,
        )
        try:
            for address, shared in _addresses(adjustments, sockets):
                self._listeners.append(
                    Listener(
                        app,
                        self._handlers,
                        adjustments,
                        address,
                        connections=self._connections,
                        workers=self._workers,
                        leaves_body_unread=is_gate_path,
                        shared=shared,
                    )
                )
        except OSError:
            wasyncore.close_all(self._handlers)
            self._loop.close()
            raise
        for listener in self._listeners:
            self._loop.watch(listener)
            self._loop.watch(listener.trigger)
        self._workers.set_thread_count(threads)

    @property
    def url(self) -> str:
        """The URL of the first address that the server listens on."""
        listener = self._listeners[0]
        host = listener.effective_host
        if listener.family == socket.AF_INET6:
            host = f"[{host}]"
        return f"http://{host}:{listener.effective_port}"

    @property
    def port(self) -> int:
        """The port of the first address that the server listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def stop_seconds_left(self) -> float:
        """What is left of the time for a stop, after ``run``. It is not negative."""
        return max(0.0, self._stop_deadline - self._clock())

    def stop(self, *, accept_waiting: bool = True) -> None:
        """Make ``run`` finish the in-flight requests and return. Safe in a signal handler.

        Args:
            accept_waiting: whether to serve the connections in the system's queue too. False
                leaves them to the other processes that listen on the same sockets.
        """
        self._accepts_waiting = accept_waiting
        self._stopping = True
        self._connections.draining = True
        for listener in self._listeners:
            listener.pull_trigger()

    def run(self) -> bool:
        """Serve until ``stop`` is called. Returns whether every request was answered in time.

        A worker thread that hangs may still run afterwards. Do not end the interpreter then:
        see ``WorkerThreads``.
        """
        while not self._stopping:
            self._run_once(_WAIT_SECONDS)
        return self._drain()

    def close(self) -> None:
        """Release what ``stop`` uses. Call this last: no ``stop`` may follow."""
        for listener in self._listeners:
            listener.trigger.close()
        self._loop.close()

    def _drain(self) -> bool:
        """Answer the requests of all connected clients, and close the connections."""
        deadline = self._stop_deadline = self._clock() + self._stop_seconds
        for listener in self._listeners:
            if self._accepts_waiting:
                drop_new_connections(listener.socket)
                while listener.accept_one():
                    pass
            wasyncore.dispatcher.close(listener)
        self._run_once(0)
        while self._close_finished() and self._clock() < deadline:
            self._run_once(_DRAIN_WAIT_SECONDS)
        unanswered = sum(connection.awaits_answer for connection in self._connections)
        if unanswered:
            LOGGER.warning(
                "the service stops, and %d requests got no answer; CUSTOMER_STOP_SECONDS is %g",
                unanswered,
                self._stop_seconds,
            )
        for connection in self._connections:
            connection.handle_close()
        self._workers.stop(max(0.0, deadline - self._clock()))
        return not unanswered

    def _close_finished(self) -> int:
        """Close the idle connections that expect no request. Returns how many stay open.

        An idle connection stays open for a short time after its last answer. The client does not
        know yet that the server stops, and may have sent another request already.
        """
        now = self._clock()
        for connection in self._connections:
            idle_seconds = now - connection.last_sent_at
            if connection.state is ConnectionState.IDLE and idle_seconds >= DRAIN_IDLE_SECONDS:
                connection.close_if_idle()
        return len(self._connections)

    def _run_once(self, seconds: float) -> None:
        """Wait at most ``seconds`` for events, handle them, and enforce the limits."""
        for listener in self._listeners:
            if listener.is_paused:
                seconds = min(seconds, ACCEPT_PAUSE_SECONDS)
                listener.resume_if_due()
                self._loop.watch(listener)
        self._connections.refresh_processing()
        for handler in self._loop.run_once(seconds):
            if isinstance(handler, Connection):
                self._connections.count_bytes(handler)
        now = self._clock()
        if now >= self._check_at:
            self._check_at = now + seconds
            self._connections.enforce_deadlines()
            self._on_turn()


def _addresses(
    adjustments: Adjustments, sockets: Sequence[socket.socket]
) -> list[tuple[Any, socket.socket | None]]:
    """Where to listen, as waitress describes it: on new sockets, or on these ``sockets``."""
    if not sockets:
        return [(address, None) for address in adjustments.listen]
    return [((it.family, it.type, it.proto, it.getsockname()), it) for it in sockets]
