"""A stub server on loopback that answers with any bytes, HTTP or not."""

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from socketserver import StreamRequestHandler, ThreadingTCPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Final

Act = Callable[["Conversation"], None]
"""What to do with one request. After it returns, the server reads the next request."""

PROBLEM: Final = "urn:cybershop:customer:problem:"


class Conversation(StreamRequestHandler):
    """One connection, and the last request that was read."""

    server: "RawServer"

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError):
            while self._read_request():
                acts = self.server.acts
                # The last act also serves all later requests.
                (acts.pop(0) if len(acts) > 1 else acts[0])(self)

    def _read_request(self) -> bool:
        lines = list(iter(self.rfile.readline, b"\r\n")) if self._more() else []
        self.request_head = b"".join(lines)
        if lines:
            self.server.requests.append(self.request_head)
        return bool(lines)

    def _more(self) -> bool:
        return bool(self.rfile.peek(1))  # type: ignore[attr-defined]  # the reader is buffered

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


class RawServer(ThreadingTCPServer):
    """Does one of ``acts`` for each request, and keeps the heads of ``requests``."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *acts: Act, tls: SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self._tls = tls
        self.acts = list(acts)
        self.requests: list[bytes] = []
        self.connections = 0
        self.hung_up = Event()
        self.ending = Event()
        scheme = "http" if tls is None else "https"
        self.url: Final = f"{scheme}://127.0.0.1:{self.server_address[1]}"

    def get_request(self) -> tuple[socket.socket, object]:
        client, address = super().get_request()
        if self._tls is not None:
            # The handshake follows with the first read, in the connection's own thread.
            client = self._tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        return client, address

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: the tests' clients hang up."""


@contextmanager
def raw_server(*acts: Act, tls: SSLContext | None = None) -> Iterator[RawServer]:
    """Run a server that does ``acts``."""
    with RawServer(*acts, tls=tls) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()


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


def stay_silent(conversation: Conversation) -> None:
    """Answer nothing until the test is over."""
    conversation.server.ending.wait(60)


def trickle(begin: bytes, forever: bytes) -> Act:
    """Send ``begin``, then ``forever`` again and again, byte by byte, until the test is over."""

    def act(conversation: Conversation) -> None:
        conversation.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation.request.sendall(begin)
        for byte in chain.from_iterable(repeat(forever)):
            conversation.request.sendall(bytes([byte]))
            if conversation.server.ending.wait(0.002):
                return

    return act


def pour(begin: bytes, forever: bytes) -> Act:
    """Send ``begin``, then ``forever`` again and again as fast as possible."""

    def act(conversation: Conversation) -> None:
        conversation.request.sendall(begin)
        while not conversation.server.ending.is_set():
            conversation.request.sendall(forever * 1000)

    return act


def echo(parts: Iterable[str] = ("{}",)) -> Act:
    """Answer with ``parts``; ``{}`` in them stands for the client's secret."""

    def act(conversation: Conversation) -> None:
        lines = conversation.request_head.decode().split("\r\n")
        (header,) = (line for line in lines if line.startswith("Authorization: "))
        secret = header.rpartition(" ")[2]
        conversation.request.sendall("".join(parts).replace("{}", secret).encode())
        conversation.request.shutdown(socket.SHUT_RDWR)

    return act
