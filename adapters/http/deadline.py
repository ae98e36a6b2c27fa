"""Connections on which a whole reply has a time limit, not each piece of it.

The timeouts of sockets are for one operation: who sends a byte a second is never late. Here the
read timeout of a request is the time by which all of its reply must be there.
"""

from http.client import HTTPResponse
from io import BufferedReader, RawIOBase
from socket import socket
from time import monotonic
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class _Bounded(RawIOBase):
    """Reads from a socket until a deadline."""

    def __init__(self, raw: RawIOBase, sock: socket, deadline: float) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        # The socket counts who reads from it.
        self._raw.close()
        super().close()


class _Reply(HTTPResponse):
    def __init__(
        self,
        sock: socket,
        debuglevel: int = 0,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        timeout = sock.gettimeout()
        if timeout is not None:
            bounded = _Bounded(self.fp.detach(), sock, monotonic() + timeout)
            self.fp = BufferedReader(bounded)


class DeadlineHTTPConnection(HTTPConnection):
    """HTTP in clear."""

    response_class = _Reply


class DeadlineHTTPSConnection(HTTPSConnection):
    """HTTP over TLS."""

    response_class = _Reply
