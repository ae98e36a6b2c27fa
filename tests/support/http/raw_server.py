"""A stub server on loopback that answers with any bytes, HTTP or not."""

import json
import socket
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from ssl import SSLContext
from threading import Event
from typing import Final

from support.loopback import stub_server
from support.loopback.stub_server import StubServer, next_of, pour, running, stay_silent, trickle

__all__ = [
    "Act",
    "Conversation",
    "RawServer",
    "answer",
    "echo",
    "pour",
    "problem",
    "raw_server",
    "reset",
    "say",
    "say_and_hang_up",
    "stay_silent",
    "trickle",
]

Act = Callable[["Conversation"], None]
"""What to do with one request. After it returns, the server reads the next request."""

PROBLEM: Final = "urn:cybershop:customer:problem:"


class Conversation(stub_server.Conversation):
    """One connection, and the last request that was read."""

    server: "RawServer"

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError):
            while self._read_request():
                next_of(self.server.acts)(self)

    def _read_request(self) -> bool:
        if not self._more():
            return False
        self.request_head = self.read_until(b"\r\n")
        self.server.requests.append(self.request_head)
        return True

    def _more(self) -> bool:
        return bool(self.rfile.peek(1))  # type: ignore[attr-defined]  # the reader is buffered


class RawServer(StubServer):
    """Does one of ``acts`` for each request, and keeps the heads of ``requests``."""

    def __init__(self, *acts: Act, tls: SSLContext | None = None) -> None:
        super().__init__(Conversation)
        self._tls = tls
        self.acts = list(acts)
        self.requests: list[bytes] = []
        self.hung_up = Event()
        scheme = "http" if tls is None else "https"
        self.url: Final = f"{scheme}://127.0.0.1:{self.port}"

    def get_request(self) -> tuple[socket.socket, object]:
        client, address = super().get_request()
        if self._tls is not None:
            # The handshake follows with the first read, in the connection's own thread.
            client = self._tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        return client, address


def raw_server(*acts: Act, tls: SSLContext | None = None) -> AbstractContextManager[RawServer]:
    """Run a server that does ``acts``."""
    server = RawServer(*acts, tls=tls)
    return running(server, server.ending)


def answer(status: int, body: object = b"", **headers: str) -> bytes:
    """An HTTP answer; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {"Content-Type": "application/json", "Content-Length": str(len(raw))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + raw


def problem(status: int, name: str, **members: object) -> bytes:
    """An HTTP answer with a problem of the customer service."""
    return answer(status, {"type": f"{PROBLEM}{name}", "status": status, **members})


def say(data: bytes) -> Act:
    """Send ``data``."""
    return lambda conversation: conversation.request.sendall(data)


def say_and_hang_up(data: bytes = b"") -> Act:
    """Send ``data``, and close the connection."""

    def act(conversation: Conversation) -> None:
        conversation.request.sendall(data)
        conversation.request.shutdown(socket.SHUT_RDWR)
        conversation.server.hung_up.set()

    return act


def reset(conversation: Conversation) -> None:
    """Send RST instead of an answer."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    conversation.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    # A plain close would wait for the file objects of the socket.
    socket.close(conversation.request.detach())


def echo(parts: Iterable[str] = ("{}",)) -> Act:
    """Answer with ``parts``; ``{}`` in them stands for the client's secret."""

    def act(conversation: Conversation) -> None:
        lines = conversation.request_head.decode().split("\r\n")
        (header,) = (line for line in lines if line.startswith("Authorization: "))
        secret = header.rpartition(" ")[2]
        conversation.request.sendall("".join(parts).replace("{}", secret).encode())
        conversation.request.shutdown(socket.SHUT_RDWR)

    return act
