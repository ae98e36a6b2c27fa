"""Connections that keep a time limit whatever the server does.

A timeout of a socket, and so of ``http.client`` and urllib3, limits one read or write. A server
that sends one byte now and then could hold its client for ever. These connections limit the time
to connect as a whole, and the time to receive a response as a whole.
"""

import http.client
import socket
from io import BufferedReader, RawIOBase
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""An item of what ``getaddrinfo`` returns."""

_MAX_BYTES: Final = 1024 * 1024
"""Bytes of a response with its headers, and with interim responses before it."""


class ConnectionLostError(ConnectionResetError):
    """The server closed a connection that was kept open after an earlier response."""


class NotConnectedError(OSError):
    """No connection could be opened. The text is the operating system's reason."""


class _Reader(RawIOBase):
    """Reads from ``raw``. The timeout of ``sock`` limits all reads together."""

    def __init__(self, raw: RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = monotonic() + (sock.gettimeout() or 0)
        self._bytes_left = _MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        remaining = self._deadline - monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
        count = self._raw.readinto(buffer)
        self._bytes_left -= count or 0
        if self._bytes_left < 0:
            raise http.client.HTTPException("the answer is too long")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(
        self,
        sock: socket.socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = BufferedReader(_Reader(self.fp.detach(), sock))

    def begin(self) -> None:
        super().begin()
        if self.msg.defects or self.msg.get_payload():
            # urllib3 would accept the response, and log these headers.
            raise http.client.HTTPException("the headers cannot be read")


class _BoundedConnection(HTTPConnection):
    """The base class of both connections."""

    response_class = _Response
    _responses = 0

    def _new_conn(self) -> socket.socket:
        """Connect within ``self.timeout``, a TLS handshake included.

        A host name may have several addresses. Each address gets an equal share of the time that
        remains.
        """
        self._responses = 0
        try:
            addresses = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotConnectedError(f"the host is not found ({error.strerror})") from None
        # The time starts after the look-up, which cannot be limited and could use up all of it.
        deadline = monotonic() + (self.timeout or 0)
        reason = "no address"
        for left in range(len(addresses), 0, -1):
            try:
                sock = _connect(addresses[-left], _positive(deadline - monotonic()) / left)
            except OSError as error:
                reason = error.strerror or "timed out"
            else:
                sock.settimeout(_positive(deadline - monotonic()))
                return sock
        raise NotConnectedError(reason)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's own
        try:
            response = super().getresponse()
        except ConnectionResetError:
            if self._responses:
                raise ConnectionLostError from None
            raise
        self._responses += 1
        return response


class BoundedHTTPConnection(_BoundedConnection):
    """A connection without TLS."""


class BoundedHTTPSConnection(_BoundedConnection, HTTPSConnection):
    """A connection with TLS. OpenSSL limits the handshake as a whole."""


def _connect(address: _Address, timeout: float) -> socket.socket:
    family, kind, protocol, _, target = address
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(target)
    except BaseException:
        sock.close()
        raise
    return sock


def _positive(seconds: float) -> float:
    """``seconds``, or a little time if none is left. A timeout of 0 would mean: do not wait."""
    return max(seconds, 0.001)
