"""One connection of a client."""

# The types that pyright brings for waitress are those of an older one.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# pyright: reportIncompatibleMethodOverride=false, reportIncompatibleVariableOverride=false
# pyright: reportOptionalMemberAccess=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false
# pyright: reportUnknownParameterType=false, reportUnknownVariableType=false

import errno
import socket
from collections.abc import Callable
from enum import IntEnum
from ipaddress import ip_network
from typing import Any, Final, Protocol

from waitress.channel import HTTPChannel
from waitress.utilities import Error

from .request_parser import RequestParser
from .tasks import ApplicationTask, ProblemTask

_RECV_BYTES: Final = 16 * 1024
_DISCONNECTED: Final = frozenset(
    (errno.ECONNRESET, errno.ENOTCONN, errno.ESHUTDOWN, errno.ECONNABORTED, errno.EPIPE)
)


class Stage(IntEnum):
    """What a connection is doing; the lower it is, the sooner it makes room for another one."""

    LINGERING = 0
    """It has sent its last reply, and lets the client read it."""
    IDLE = 1
    RECEIVING = 2
    """A part of a request has arrived."""
    SENDING = 3
    """The client has yet to read its reply."""
    SERVED = 4
    """A request is being served, or waits for a thread."""


class _Connections(Protocol):
    """What a connection has to do with all the others."""

    draining: bool

    @property
    def clock(self) -> Callable[[], float]:
        """The time."""
        ...

    def note_change(self, connection: "Connection", /) -> None:
        """Say that a worker thread will change ``connection``."""
        ...

    def remove(self, connection: "Connection", /) -> None:
        """Forget ``connection``, which is about to be closed."""
        ...


class Connection(HTTPChannel):
    """Serves one request after the other, in the order of their arrival.

    The event loop's thread owns it: that thread alone reads, and closes it. While a request is
    being served, a worker thread writes.
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
        self._connections: _Connections = server.connections
        self.source = source_of(addr)
        self.quiet_since: float = self._connections.clock()
        """When the server last sent something, or accepted the connection."""
        self.counted_bytes = 0
        """``held_bytes`` as the event loop last counted them."""
        self._request_since: float = self.quiet_since
        self._linger_since: float = 0.0
        self._lingers = False
        # What has arrived beyond the request that is being served.
        self._ahead = b""
        super().__init__(server, sock, addr, adj, map=map)

    @property
    def stage(self) -> Stage:
        """What it is doing."""
        if self._lingers:
            return Stage.LINGERING
        if self.in_service:
            return Stage.SERVED
        if self.writable():
            return Stage.SENDING
        return Stage.IDLE if self.request is None else Stage.RECEIVING

    @property
    def since(self) -> float:
        """When the client was last served: from then on it is the client's turn."""
        match self.stage:
            case Stage.LINGERING:
                return self._linger_since
            case Stage.RECEIVING:
                return max(self._request_since, self.quiet_since)
            case _:
                return self.quiet_since

    @property
    def in_service(self) -> bool:
        """Whether a worker thread may change it."""
        return bool(self.requests or self._ahead)

    @property
    def awaits_reply(self) -> bool:
        """Whether the client has sent something, and has not got the whole reply."""
        return self.stage > Stage.IDLE or (self.stage is Stage.IDLE and self.has_unread)

    @property
    def held_bytes(self) -> int:
        """Bytes of unfinished requests that are held in memory."""
        request = self.request
        return len(self._ahead) + (0 if request is None else request.held_bytes)

    @property
    def has_unread(self) -> bool:
        """Whether the client has sent something that is still to be read."""
        try:
            return bool(self.socket.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def readable(self) -> bool:
        """Whether to wait for bytes of the client."""
        return self._lingers or (not self.in_service and bool(super().readable()))

    def writable(self) -> bool:
        """Whether the event loop has something to send, or the connection to close.

        A worker thread sends its reply itself. It waits for the event loop only if the client
        leaves too much unread.
        """
        if self.requests and not self.will_close:
            return bool(self.total_outbufs_len > self.adj.outbuf_high_watermark)
        return bool(super().writable())

    def handle_read(self) -> None:
        """Take what has arrived."""
        try:
            data = self.socket.recv(_RECV_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.handle_close()
        elif not self._lingers:
            self.received(data)

    def received(self, data: bytes) -> bool:
        """Read requests from ``data``, and have them served."""
        with self.requests_lock:
            closes = self.will_close or self.close_when_flushed
            refused = not closes and self._read_requests(data)
        if refused:
            self.service()
        return not closes

    def service(self) -> None:
        """Answer one request, and begin with the next one if it has arrived."""
        super().service()
        if not self._ahead:
            # The event loop adds to it only while a request is being served.
            return
        with self.requests_lock:
            if self.close_when_flushed or self.will_close:
                self._ahead = b""
            if self.requests or not self._ahead:
                return
            data, self._ahead = self._ahead, b""
            refused = self._read_requests(data)
        self.server.pull_trigger()
        if refused:
            self.service()

    def refuse(self, error: Error) -> None:
        """Give up the request that is being received, and answer ``error`` in its place."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is None or self.requests:
                return
            request.close()
            self._refuse(error, request.version)
        self.service()

    def write_soon(self, data: Any) -> int:  # noqa: ANN401 (waitress has no types)
        """Send a part of a reply."""
        # Before the reply is out, so that a connection never looks idle for longer than it is.
        self.quiet_since = self._connections.clock()
        return int(super().write_soon(data))

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: ARG002, FBT001, FBT002
        """Send what the system takes at once. The event loop closes what is disconnected."""
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
        """Send the rest of a reply, and close the connection if it was the last one."""
        self._flush_exception(self._flush_some_if_lockable)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            if self.close_when_flushed:
                self._begin_lingering()
            elif not self.in_service:
                self.quiet_since = self._connections.clock()

    def del_channel(self, map: dict[int, Any] | None = None) -> None:  # noqa: A002
        """Take it out of the event loop's care: it is about to be closed."""
        self._connections.remove(self)
        super().del_channel(map)

    def _read_requests(self, data: bytes) -> bool:
        """Read from ``data`` up to the end of one request; keep what is beyond it.

        Returns:
            Whether ``service`` has to refuse a request at once.
        """
        while data:
            if self.requests:
                self._ahead += data
                break
            if self.request is None:
                # Blank lines before a request are to be ignored: RFC 9112, 2.2.
                data = data.lstrip(b"\r\n")
                if not data:
                    break
                self.request = self.parser_class(self.adj)
                self._request_since = self._connections.clock()
            request = self.request
            data = data[request.received(data) :]
            if request.error is not None:
                self.request = None
                self._refuse(request.error, request.version)
                return True
            if request.completed:
                self.request = None
                self.sent_continue = False
                self.requests.append(request)
                self._connections.note_change(self)
                self.server.add_task(self)
            elif request.headers_finished and request.expect_continue and not self.sent_continue:
                self.send_continue()
        return False

    def _refuse(self, error: Error, version: str) -> None:
        refused = self.parser_class(self.adj)
        refused.error = error
        refused.version = version
        self.requests.append(refused)
        self._connections.note_change(self)

    def _begin_lingering(self) -> None:
        """Close the own direction, and read on until the client closes the other one.

        If a socket is closed while bytes of the client are unread, the client's system may
        discard the reply before the client reads it.
        """
        self.close_when_flushed = False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.handle_close()
            return
        self._lingers = True
        self._linger_since = self._connections.clock()


def source_of(address: tuple[Any, ...]) -> str:
    """Whose connection it is: the IPv4 address, or the /64 network of an IPv6 address."""
    host = str(address[0]).partition("%")[0]
    return str(ip_network((host, 64), strict=False)) if ":" in host else host
