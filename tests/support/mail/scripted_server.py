"""A mail server that misbehaves where a test says so."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import cycle
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import Final

Act = Callable[["Conversation"], bool]
"""What to do at a step. Returns whether the conversation goes on."""
Script = Mapping[str, "Act | str"]
"""What to do, or to reply, at a step; at all others the server behaves."""

STEPS: Final = ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT")
BEFORE_CONTENT: Final = STEPS[:-1]
_REPLIES: Final[Script] = {
    "CONNECT": "220 mail.shop.test ESMTP",
    "EHLO": "250-mail.shop.test\r\n250 8BITMIME",
    "MAIL": "250 2.1.0 fine",
    "RCPT": "250 2.1.5 fine",
    "DATA": "354 go on",
    "CONTENT": "250 2.0.0 kept",
    "QUIT": "221 bye",
}


class Conversation(StreamRequestHandler):
    """One connection."""

    server: "ScriptedServer"

    def handle(self) -> None:
        server = self.server
        script = {**_REPLIES, **server.next_script()}
        step = "CONNECT"
        with suppress(OSError):
            while self._do(script.get(step, "500 what")):
                if step == "DATA" and script["DATA"] == _REPLIES["DATA"]:
                    step, lines = "CONTENT", list(iter(self.rfile.readline, b".\r\n"))
                    if b"" in lines:
                        return
                    server.contents.append(b"".join(lines))
                    continue
                line = self.rfile.readline().decode()
                if not line:
                    return
                server.commands.append(line.rstrip("\r\n"))
                step = line[:4].upper()

    def _do(self, act: "Act | str") -> bool:
        if isinstance(act, str):
            self.wfile.write(f"{act}\r\n".encode())
            return True
        return act(self)

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()


class ScriptedServer(ThreadingTCPServer):
    """Follows one of ``scripts`` for each connection; the last also for all later ones."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *scripts: Script) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self._scripts = list(scripts)
        self.connections = 0
        self.commands: list[str] = []
        self.contents: list[bytes] = []
        self.ending = Event()
        self.port: Final = self.server_address[1]

    def next_script(self) -> Script:
        self.connections += 1
        return self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]

    def handle_error(self, request: object, client_address: object) -> None:
        """Log nothing: the tests' clients hang up."""


@contextmanager
def scripted_server(*scripts: Script) -> Iterator[ScriptedServer]:
    """Run a server on a free port of 127.0.0.1."""
    with ScriptedServer(*scripts) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.ending.set()
            server.shutdown()
            thread.join()


def hang(conversation: Conversation) -> bool:
    """Say nothing until the test is over."""
    conversation.server.ending.wait(60)
    return False


def drop(conversation: Conversation) -> bool:
    """Close the connection."""
    conversation.request.shutdown(socket.SHUT_RDWR)
    return False


def trickle(conversation: Conversation) -> bool:
    """Send a reply that never ends, byte by byte."""
    conversation.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in cycle(b"250-and so on\r\n"):
        conversation.request.sendall(bytes([byte]))
        if conversation.server.ending.wait(0.002):
            break
    return False


def pour(conversation: Conversation) -> bool:
    """Send a reply that never ends, as fast as possible."""
    while not conversation.server.ending.is_set():
        conversation.request.sendall(b"250-and so on\r\n" * 1000)
    return False
