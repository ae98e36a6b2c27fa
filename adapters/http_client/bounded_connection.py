"""Connections that keep a time limit whatever the server does.

The timeouts of sockets, and so of ``http.client`` and urllib3, bound a single operation: a server
that sends a byte now and then holds its client for ever. Here connecting, and receiving an answer
from its first byte to its last, each end in time as a whole.
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

_Found: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""What ``getaddrinfo`` says of an address."""

_MAX_BYTES: Final = 1024 * 1024
"""Of an answer, its headers and whatever comes before them included."""


class ConnectionLostError(ConnectionResetError):
    """The server closed a connection that was kept open after an earlier answer."""


class NotConnectedError(OSError):
    """No connection came about; says why, in the words of the operating system."""


class _Reader(RawIOBase):
    """Reads what ``raw`` does from ``sock``, within the timeout that is set by now on ``sock``."""

    def __init__(self, raw: RawIOBase, sock: socket.socket) -> None:
        self._raw = raw
        self._sock = sock
        self._give_up_at = monotonic() + (sock.gettimeout() or 0)
        self._room = _MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        remaining = self._give_up_at - monotonic()
        if remaining <= 0:
            raise TimeoutError
        self._sock.settimeout(remaining)
        count = self._raw.readinto(buffer)
        self._room -= count or 0
        if self._room < 0:
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
            # urllib3 would go on, and write these headers to the log.
            raise http.client.HTTPException("the headers cannot be read")


class _Bounded(HTTPConnection):
    """What both kinds of connection have in common."""

    response_class = _Response
    _answers = 0

    def _new_conn(self) -> socket.socket:
        """Connect within ``self.timeout``, which is that of TLS too, if that follows.

        A name may have several addresses: each gets its share of what is left of the time.
        """
        self._answers = 0
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise NotConnectedError(f"the host is not found ({error.strerror})") from None
        # Not before: the resolver takes its own time, and nothing may be left of this.
        give_up_at = monotonic() + (self.timeout or 0)
        why = "no address"
        for left in range(len(found), 0, -1):
            try:
                sock = _connected(found[-left], _positive(give_up_at - monotonic()) / left)
            except OSError as error:
                why = error.strerror or "timed out"
            else:
                sock.settimeout(_positive(give_up_at - monotonic()))
                return sock
        raise NotConnectedError(why)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override] # as urllib3's own
        try:
            response = super().getresponse()
        except ConnectionResetError:
            if self._answers:
                raise ConnectionLostError from None
            raise
        self._answers += 1
        return response


class BoundedHTTPConnection(_Bounded):
    """A connection without TLS."""


class BoundedHTTPSConnection(_Bounded, HTTPSConnection):
    """A connection with TLS, whose handshake OpenSSL bounds as a whole."""


def _connected(found: _Found, timeout: float) -> socket.socket:
    family, kind, protocol, _, address = found
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def _positive(seconds: float) -> float:
    """A timeout of zero would make the socket one that never waits."""
    return max(seconds, 0.001)
