"""A relay of HTTP on loopback that breaks: before the service has acted, or after it."""

import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final
from urllib.parse import urlsplit

from support.loopback import stub_server
from support.loopback.stub_server import StubServer, running

Reply = Callable[[bytes], bytes | None]
"""What the client gets in place of the service's response; None for silence until the end."""


class Conversation(stub_server.Conversation):
    """One connection. It serves one request."""

    server: "FaultRelay"

    def handle(self) -> None:
        self.server.connections += 1
        head = self.read_until(b"\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        request = head + b"Connection: close\r\n\r\n" + self.rfile.read(length)
        self.server.requests += 1
        response = self.server.forward(request) if self.server.forwards else b""
        reply = self.server.reply(response)
        if reply is None:
            self.server.ending.wait(60)
        else:
            self.request.sendall(reply)


class FaultRelay(StubServer):
    """Counts ``requests``. ``acted`` has the status of each response of the service."""

    def __init__(self, target: str, reply: Reply, *, forwards: bool) -> None:
        super().__init__(Conversation)
        self._target = urlsplit(target)
        self.reply = reply
        self.forwards = forwards
        self.requests = 0
        self.acted: list[int] = []
        self.url: Final = f"http://127.0.0.1:{self.port}"

    def forward(self, request: bytes) -> bytes:
        """The service's whole response to ``request``."""
        assert self._target.hostname
        assert self._target.port
        with socket.create_connection((self._target.hostname, self._target.port), 30) as service:
            service.sendall(request)
            response = b"".join(iter(lambda: service.recv(65536), b""))
        self.acted.append(int(response.split()[1]))
        return response


def fault_relay(target: str, reply: Reply, *, forwards: bool) -> AbstractContextManager[FaultRelay]:
    """Run a relay to the service at ``target``."""
    relay = FaultRelay(target, reply, forwards=forwards)
    return running(relay, relay.ending)
