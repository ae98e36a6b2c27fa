"""smtplib with a time limit for everything together, whatever the server does.

The timeout of a socket limits one read or write. A server that sends one byte now and then could
hold its client for ever. Here each read and write gets the time that is left until a deadline. No
thread watches over it, so it also works while the interpreter shuts down.
"""

import smtplib
import socket
import ssl
from collections.abc import Callable
from io import BufferedReader, RawIOBase
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_MAX_BYTES: Final = 256 * 1024
"""The most bytes that the server may send on one connection, before and after STARTTLS."""
_CHUNK: Final = 4096
"""Bytes that are written at a time: each write has its own timeout."""


class TooMuchError(OSError):
    """The server sends without end."""


class BoundedSmtp(smtplib.SMTP):
    """A connection on which everything ends before ``deadline``.

    Args:
        deadline: a time of ``monotonic``.
        monotonic: the time in seconds.
    """

    def __init__(self, deadline: float, monotonic: Callable[[], float]) -> None:
        self.deadline = deadline
        self._monotonic = monotonic
        # A name, or smtplib would look one up in the DNS.
        super().__init__(local_hostname="localhost")

    @property
    def seconds_left(self) -> float:
        """The time until the deadline.

        Raises:
            TimeoutError: it has passed.
        """
        seconds = self.deadline - self._monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    def open_socket(self, host: str, port: int) -> None:
        """Connect. Only the look-up of a host name may take longer than the deadline.

        A name may have several addresses. Each gets an equal share of the time that is left.
        """
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        for left in range(len(addresses), 0, -1):
            family, kind, protocol, _, target = addresses[-left]
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self.seconds_left / left)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.connect(target)
            except BaseException as error:
                sock.close()
                if left == 1 or not isinstance(error, OSError):
                    raise
            else:
                self.sock = sock
                self.local_hostname = _address_literal(sock)
                return

    def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Encrypt the connection, and forget what the server said in clear text (RFC 3207, 4.2)."""
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected
        self.sock.settimeout(self.seconds_left)
        self.sock = context.wrap_socket(self.sock, server_hostname=host)
        self.file = None
        self.ehlo_resp = self.helo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = BufferedReader(_Reader(self, self.sock))
        return super().getreply()

    def send(self, s: "ReadableBuffer | str") -> None:
        if self.sock is None:
            raise smtplib.SMTPServerDisconnected
        data = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        try:
            for start in range(0, len(data), _CHUNK):
                self.sock.settimeout(self.seconds_left)
                self.sock.sendall(data[start : start + _CHUNK])
        except OSError:
            self.close()
            raise smtplib.SMTPServerDisconnected from None


class _Reader(RawIOBase):
    """Reads from ``sock`` until the deadline of ``smtp``."""

    def __init__(self, smtp: BoundedSmtp, sock: socket.socket) -> None:
        self._smtp = smtp
        self._sock = sock
        self._bytes_left = _MAX_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._smtp.seconds_left)
        count = self._sock.recv_into(buffer)
        self._bytes_left -= count
        if self._bytes_left < 0:
            raise TooMuchError
        return count


def _address_literal(sock: socket.socket) -> str:
    """This machine's address as the argument of EHLO (RFC 5321, 4.1.3)."""
    address = str(sock.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if sock.family == socket.AF_INET6 else f"[{address}]"
