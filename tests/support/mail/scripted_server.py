"""A mail server that misbehaves where a test says so."""

import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from typing import Final

from support.loopback import stub_server
from support.loopback.stub_server import StubServer, next_of, running

Act = Callable[["Conversation"], bool | None]
"""What to do at a step. Returns whether the conversation goes on."""
Script = Mapping[str, Act | str]
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


class Conversation(stub_server.Conversation):
    """One connection."""

    server: "ScriptedServer"

    def handle(self) -> None:
        server = self.server
        server.connections += 1
        script = {**_REPLIES, **next_of(server.scripts)}
        step = "CONNECT"
        with suppress(OSError):
            while self._do(script.get(step, "500 what")):
                if step == "DATA" and script["DATA"] == _REPLIES["DATA"]:
                    step = "CONTENT"
                    server.contents.append(self.read_until(b".\r\n"))
                    continue
                line = self.rfile.readline().decode()
                if not line:
                    return
                server.commands.append(line.rstrip("\r\n"))
                step = line[:4].upper()

    def _do(self, act: Act | str) -> bool:
        if not isinstance(act, str):
            return bool(act(self))
        self.wfile.write(f"{act}\r\n".encode())
        return True


class ScriptedServer(StubServer):
    """Follows one of ``scripts`` for each connection; the last also for all later ones."""

    def __init__(self, *scripts: Script) -> None:
        super().__init__(Conversation)
        self.scripts = list(scripts)
        self.commands: list[str] = []
        self.contents: list[bytes] = []


def scripted_server(*scripts: Script) -> AbstractContextManager[ScriptedServer]:
    """Run a server on a free port of 127.0.0.1."""
    server = ScriptedServer(*scripts)
    return running(server, server.ending)


def drop(conversation: stub_server.Conversation) -> None:
    """Close the connection."""
    conversation.request.shutdown(socket.SHUT_RDWR)


hang: Final = stub_server.stay_silent
trickle: Final = stub_server.trickle(b"", b"250-and so on\r\n")
pour: Final = stub_server.pour(b"", b"250-and so on\r\n")
