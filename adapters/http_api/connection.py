"""Connections that keep a time limit whatever the server does.

A timeout of a socket limits one read or write. A server that sends one byte now and then could
hold its client for ever. A connection here has one deadline for a whole exchange.
"""

import socket
import ssl
from collections.abc import Sequence
from time import monotonic
from typing import Any, Final, TypeAlias

from .http1_response import ResponseReader
from .http_response import HttpResponse
from .readable_socket import is_readable

Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""An item of what ``getaddrinfo`` returns."""

_RECEIVE: Final = 64 * 1024
"""Bytes."""
_EARLY: Final = 0.01
"""The part of the remaining time by which a timeout may be too short. To set one is a system call,
so it is kept while it is right up to this."""

_CLOSED: Final = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""What a connection raises if the server has closed or reset it."""


class NotConnectedError(OSError):
    """No connection could be opened. The text is the reason of the system or of OpenSSL."""


class ConnectionLostError(ConnectionResetError):
    """The server closed a connection that was kept open after an earlier response.

    ``sent`` says whether anything of the request left this process.
    """

    def __init__(self, *, sent: bool) -> None:
        super().__init__()
        self.sent = sent


class Connection:
    """A connection to one of ``addresses``, opened before ``deadline``.

    A host name may have several addresses. Each address gets an equal share of the time that
    remains. The TLS handshake is made for ``host`` if there is a ``context``. It resumes
    ``tls_session``, which an earlier connection of the same context had, if the server agrees.

    Raises:
        NotConnectedError: none of the addresses accepts a connection, or TLS fails.
    """

    def __init__(
        self,
        addresses: Sequence[Address],
        *,
        deadline: float,
        context: ssl.SSLContext | None = None,
        host: str = "",
        tls_session: ssl.SSLSession | None = None,
    ) -> None:
        self._socket, self.target = _connect_to_one(addresses, deadline)
        if context is not None:
            try:
                self._socket.settimeout(_remaining(deadline))
                # OpenSSL limits the handshake as a whole.
                self._socket = context.wrap_socket(
                    self._socket, server_hostname=host, session=tls_session
                )
            except OSError as error:
                self._socket.close()
                raise NotConnectedError(_tls_reason(error)) from None
            except BaseException:
                self._socket.close()
                raise
        self._kept = False
        self._timeout = 0.0

    def exchange(self, request: bytes, reader: ResponseReader, *, deadline: float) -> HttpResponse:
        """Send ``request``, and return the response to it. ``reader`` is new.

        Raises:
            ConnectionLostError: a connection that was kept is closed.
            TimeoutError: the response is not complete at the deadline.
            ResponseError: what the server sent is no response.
            OSError: the connection failed.
        """
        sock, kept, sent = self._socket, self._kept, 0
        self._kept = True
        try:
            while sent < len(request):
                self._limit_to(deadline)
                # One ``send`` nearly always takes all of a request.
                sent += sock.send(memoryview(request)[sent:] if sent else request)
            while True:
                self._limit_to(deadline)
                data = sock.recv(_RECEIVE)
                if not data:
                    break
                response = reader.feed(data)
                if response is not None:
                    return response
        except _CLOSED:
            if kept and not reader.begun:
                raise ConnectionLostError(sent=sent > 0) from None
            raise
        if reader.begun:
            return reader.feed_end()
        raise ConnectionLostError(sent=True) if kept else ConnectionResetError

    def _limit_to(self, deadline: float) -> None:
        """Give the next read or write the time until ``deadline``.

        Raises:
            TimeoutError: it has passed.
        """
        seconds = _remaining(deadline)
        if not seconds * (1 - _EARLY) <= self._timeout <= seconds:
            # Half of it, so that it stays right while the remaining time shrinks.
            self._timeout = seconds * (1 - _EARLY / 2)
            self._socket.settimeout(self._timeout)

    @property
    def tls_session(self) -> ssl.SSLSession | None:
        """The session that the next connection may resume. None without TLS.

        TLS 1.3 sends it after the handshake, so it is complete after the first exchange.
        """
        return self._socket.session if isinstance(self._socket, ssl.SSLSocket) else None

    def is_stale(self) -> bool:
        """Whether the server closed the connection, or sent what no one asked for."""
        return is_readable(self._socket.fileno())

    def close(self) -> None:
        """Close it. It may be closed already."""
        self._socket.close()


def look_up(host: str, port: int) -> Sequence[Address]:
    """The addresses of ``host``. The system's resolver limits how long this takes.

    Raises:
        NotConnectedError: there are none.
    """
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotConnectedError(f"the host is not found ({error.strerror})") from None


def _connect_to_one(addresses: Sequence[Address], deadline: float) -> tuple[socket.socket, object]:
    """A socket, and the address to which it is connected."""
    reason = "no address"
    for left in range(len(addresses), 0, -1):
        try:
            address = addresses[-left]
            return _connect(address, _remaining(deadline) / left), address[-1]
        except OSError as error:
            reason = error.strerror or "timed out"
    raise NotConnectedError(reason)


def _connect(address: Address, timeout: float) -> socket.socket:
    family, kind, protocol, _, target = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The system then probes an idle connection, which keeps it open through a NAT.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.connect(target)
    except BaseException:
        sock.close()
        raise
    return sock


def _tls_reason(error: OSError) -> str:
    """Why the handshake failed. It quotes nothing that the server sent."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is refused: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {getattr(error, 'reason', None)}"
        case TimeoutError():
            return "TLS failed: timed out"
        case _:
            return "TLS failed: it closed the connection"


def _remaining(deadline: float) -> float:
    """Seconds until ``deadline``.

    Raises:
        TimeoutError: it has passed.
    """
    seconds = deadline - monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
