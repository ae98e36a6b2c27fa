"""A TCP server on a free port of loopback that does what the test says, for any protocol."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from socketserver import BaseServer, StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Final, TypeVar

Server = TypeVar("Server", bound=BaseServer)
Item = TypeVar("Item")

Act = Callable[["Conversation"], None]
"""What to do at a point of the conversation."""


class Conversation(StreamRequestHandler):
    """One connection."""

    server: "StubServer"

    def read_until(self, end: bytes) -> bytes:
        """The lines before the line ``end``.

        Raises:
            ConnectionError: the client hung up before it.
        """
        lines = []
        while (line := self.rfile.readline()) != end:
            if not line:
                raise ConnectionError
            lines.append(line)
        return b"".join(lines)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


class StubServer(ThreadingTCPServer):
    """Counts its ``connections``, and says when the test is ``ending``."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, conversation: type[Conversation]) -> None:
        super().__init__(("127.0.0.1", 0), conversation)
        self.connections = 0
        self.ending = Event()
        self.port: Final[int] = self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: the tests' clients hang up."""


@contextmanager
def running(server: Server, ending: Event) -> Iterator[Server]:
    """Serve until the end of the block; set ``ending`` there."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            ending.set()
            server.shutdown()
            thread.join()


def next_of(items: list[Item]) -> Item:
    """Take the first one. The last one stays, and serves all later times."""
    return items.pop(0) if len(items) > 1 else items[0]


def stay_silent(conversation: Conversation) -> None:
    """Say nothing until the test is over."""
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
