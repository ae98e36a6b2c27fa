"""Reads the requests of one client connection, and writes the answers.

waitress' own channel has no limits of time and memory, and closes a connection so abruptly that
the client may lose the last answer.
"""

# pyright has type stubs of an older waitress.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# pyright: reportOptionalMemberAccess=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownVariableType=false

import errno
import socket
from collections.abc import Callable
from typing import Any, Final, Protocol

from waitress.channel import HTTPChannel
from waitress.utilities import Error

from ....domain.network_address import source_from_socket
from .answer_tasks import ApplicationTask, ProblemTask
from .connection_state import ConnectionState
from .request_parser import RequestParser

_RECV_BYTES: Final = 16 * 1024
_DISCONNECTED: Final = frozenset(
    (errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN, errno.ECONNABORTED, errno.EPIPE)
)


class _Manager(Protocol):
    """The part of ``ConnectionManager`` that a connection uses."""

    draining: bool

    @property
    def clock(self) -> Callable[[], float]:
        """The time in seconds, from any start."""
        ...

    def mark_processing(self, connection: "Connection", /) -> None:
        """Note that a worker thread will change ``connection``."""
        ...

    def remove(self, connection: "Connection", /) -> None:
        """Forget ``connection``, which is about to be closed."""
        ...


class Connection(HTTPChannel):
    """Serves one request at a time, in the order of arrival.

    Only the event loop's thread reads and closes the connection. A worker thread writes the answer
    while it processes a request.
    """

    task_class = ApplicationTask
    error_task_class = ProblemTask
    parser_class = RequestParser
    request: RequestParser | None
    requests: list[RequestParser]

    def __init__(
        self,
        server: Any,  # noqa: ANN401 (waitress has no types)
        sock: socket.socket,
        addr: Any,  # noqa: ANN401
        adj: Any,  # noqa: ANN401
        map: dict[int, Any],  # noqa: A002 (waitress names it so)
    ) -> None:
        self._connections: _Manager = server.connections
        self.source = source_from_socket(addr)
        self.last_sent_at: float = self._connections.clock()
        """When the server last sent bytes, or accepted the connection."""
        self.counted_bytes = 0
        """The ``buffered_bytes`` at the manager's last count."""
        self._request_began_at: float = self.last_sent_at
        self._lingering_since: float = 0.0
        self._is_lingering = False
        # Bytes that arrived after the request that is being processed (RFC 9112, 9.3.2).
        self._pipelined = b""
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def state(self) -> ConnectionState:
        """What the connection is doing."""
        if self._is_lingering:
            return ConnectionState.LINGERING
        if self.is_processing:
            return ConnectionState.PROCESSING
        if self.writable():
            return ConnectionState.SENDING
        return ConnectionState.IDLE if self.request is None else ConnectionState.RECEIVING

    @property
    def waiting_since(self) -> float:
        """When the server began to wait for the client: to send, to read or to close."""
        match self.state:
            case ConnectionState.LINGERING:
                return self._lingering_since
            case ConnectionState.RECEIVING:
                return max(self._request_began_at, self.last_sent_at)
            case _:
                return self.last_sent_at

    @property
    def is_processing(self) -> bool:
        """Whether a worker thread may change the connection."""
        return bool(self.requests or self._pipelined)

    @property
    def blocks_a_thread(self) -> bool:
        """Whether a worker thread waits until the client reads more of a streamed answer."""
        return bool(self.requests and self.total_outbufs_len > self.adj.outbuf_high_watermark)

    @property
    def awaits_answer(self) -> bool:
        """Whether the client has sent something to which the whole answer is not sent yet."""
        state = self.state
        return state > ConnectionState.IDLE or (
            state is ConnectionState.IDLE and self.has_unread_bytes
        )

    @property
    def buffered_bytes(self) -> int:
        """How many bytes of incomplete requests are held in memory."""
        request = self.request
        return len(self._pipelined) + (0 if request is None else request.buffered_bytes)

    @property
    def has_unread_bytes(self) -> bool:
        """Whether bytes have arrived that the server has not read yet."""
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def readable(self) -> bool:
        """Whether the event loop waits for bytes of the client."""
        return self._is_lingering or (not self.is_processing and bool(super().readable()))

    def writable(self) -> bool:
        """Whether the event loop has to send bytes or to close the connection.

        A worker thread sends its answer itself. The event loop helps only if the client leaves
        too much of the answer unread.
        """
        if self.requests and not self.will_close:
            return bool(self.total_outbufs_len > self.adj.outbuf_high_watermark)
        return bool(super().writable())

    def handle_read(self) -> None:
        """Read the bytes that have arrived."""
        try:
            data = self.socket.recv(_RECV_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.handle_close()
        elif not self._is_lingering:
            self.received(data)

    def received(self, data: bytes) -> bool:
        """Parse requests from ``data``, and pass them to the worker threads.

        Returns:
            False if the connection is about to close, so that ``data`` is ignored.
        """
        with self.requests_lock:
            closes = self.will_close or self.close_when_flushed
            must_refuse = not closes and self._parse_requests(data)
        if must_refuse:
            self.service()
        return not closes

    def service(self) -> None:
        """Process one request, and begin the next one if it has arrived."""
        super().service()
        if not self._pipelined:
            # The event loop adds pipelined bytes only while a request is being processed.
            return
        with self.requests_lock:
            if self.close_when_flushed or self.will_close:
                self._pipelined = b""
            if self.requests or not self._pipelined:
                return
            data, self._pipelined = self._pipelined, b""
            must_refuse = self._parse_requests(data)
        self.server.pull_trigger()
        if must_refuse:
            self.service()

    def close_if_idle(self) -> bool:
        """Close the connection unless bytes have arrived meanwhile. Returns whether it closed."""
        idle = self.state is ConnectionState.IDLE and not self.has_unread_bytes
        if idle:
            self.handle_close()
        return idle

    def refuse_request(self, error: Error) -> None:
        """Discard the request that is arriving, and answer with ``error``."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is None or self.requests:
                return
            request.close()
            self._queue_refusal(error, request.version)
        self.service()

    def write_soon(self, data: Any) -> int:  # noqa: ANN401 (waitress has no types)
        """Send a part of an answer. Returns the number of bytes in ``data``."""
        # Set this first: otherwise the connection looks idle since its previous answer.
        self.last_sent_at = self._connections.clock()
        return int(super().write_soon(data))

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: ARG002, FBT001, FBT002
        """Send without waiting. Returns how many bytes the system took.

        A worker thread may call this, so after a disconnect the event loop closes the connection.
        """
        sock = self.socket
        try:
            return 0 if sock is None else sock.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno not in _DISCONNECTED:
                raise
            self.will_close = True
            return 0

    def handle_write(self) -> None:
        """Send the rest of an answer, and close the connection if it was the last one."""
        self._flush_exception(self._flush_some_if_lockable)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            if self.close_when_flushed:
                self._start_lingering()
            elif not self.is_processing:
                self.last_sent_at = self._connections.clock()

    def del_channel(self, map: dict[int, Any] | None = None) -> None:  # noqa: A002
        """Remove the connection from the manager. waitress calls this before it closes."""
        self._connections.remove(self)
        super().del_channel(map)

    def _parse_requests(self, data: bytes) -> bool:
        """Parse ``data`` up to the end of one request, and keep the rest as pipelined bytes.

        Returns:
            Whether the request is invalid. The caller then calls ``service``, which refuses it.
        """
        while data:
            if self.requests:
                self._pipelined += data
                break
            if self.request is None:
                # RFC 9112, 2.2: ignore empty lines before a request.
                data = data.lstrip(b"\r\n")
                if not data:
                    break
                self.request = RequestParser(self.adj, self.server.leaves_body_unread)
                self._request_began_at = self._connections.clock()
            request = self.request
            data = data[request.received(data) :]
            if request.error is not None:
                self.request = None
                self._queue_refusal(request.error, request.version)
                return True
            if request.completed:
                self.request = None
                self.sent_continue = False
                self.requests.append(request)
                self._connections.mark_processing(self)
                self.server.add_task(self)
            elif request.headers_finished and request.expect_continue and not self.sent_continue:
                self.send_continue()
        return False

    def _queue_refusal(self, error: Error, version: str) -> None:
        refused = RequestParser(self.adj)
        refused.error = error
        refused.version = version
        self.requests.append(refused)
        self._connections.mark_processing(self)

    def _start_lingering(self) -> None:
        """Close the sending direction, and read until the client closes the connection.

        Closing both at once loses data: if bytes of the client are unread, the system sends a
        reset, and the client's system discards the answer (RFC 9112, 9.6).
        """
        self.close_when_flushed = False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
            return
        self._is_lingering = True
        self._lingering_since = self._connections.clock()
