"""A stub of DynamoDB's endpoint on loopback, which does what the test says."""

import http.client
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import Final
from urllib.parse import urlsplit

from support.loopback.stub_server import next_of, running

Act = Callable[["Exchange"], None]
"""What to do with one request."""


class Exchange(BaseHTTPRequestHandler):
    """One request, and its answer if it gets one."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet, or Nagle's algorithm adds 40 ms
    server: "StubServer"

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(self.body)
        self.server.asked.set()
        next_of(self.server.acts)(self)

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class StubServer(ThreadingHTTPServer):
    """Does one of ``acts`` for each request, and keeps the bodies of ``requests``."""

    daemon_threads = True

    def __init__(self, *acts: Act) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.acts = list(acts)
        self.requests: list[bytes] = []
        self.asked = Event()
        self.ending = Event()
        self.url: Final = f"http://127.0.0.1:{self.server_address[1]}"


def stub_endpoint(*acts: Act) -> AbstractContextManager[StubServer]:
    """A server that does ``acts``."""
    server = StubServer(*acts)
    return running(server, server.ending)


def reply(status: int, body: bytes | dict[str, object]) -> Act:
    """Answer with ``body``."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return lambda exchange: exchange.answer(status, raw)


def refuse(code: str, status: int = 400, **fields: object) -> Act:
    """Answer with an error in DynamoDB's form."""
    name = f"com.amazonaws.dynamodb.v20120810#{code}"
    return reply(status, {"__type": name, "message": f"{code} it is.", **fields})


def cancel(*codes: str) -> Act:
    """Cancel a transaction, with these reasons."""
    reasons = [{"Code": code} for code in codes]
    return refuse("TransactionCanceledException", CancellationReasons=reasons)


def succeed(**fields: object) -> Act:
    """Answer that the operation succeeded."""
    return reply(200, {"ConsumedCapacity": {"CapacityUnits": 1}, **fields})


def done() -> Act:
    """Answer that the transaction succeeded."""
    return reply(200, {"ConsumedCapacity": [{"CapacityUnits": 4}]})


def hang_up(exchange: Exchange) -> None:
    """Close the connection without an answer."""
    exchange.close_connection = True


def stay_silent(exchange: Exchange) -> None:
    """Answer nothing until the test is over."""
    exchange.server.ending.wait(30)
    exchange.close_connection = True


def forward(url: str, *, lose_reply: bool = False) -> Act:
    """Forward the request to ``url`` and return its answer, or lose the answer."""
    parts = urlsplit(url)

    def act(exchange: Exchange) -> None:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            connection.request("POST", "/", exchange.body, dict(exchange.headers))
            response = connection.getresponse()
            status, body = response.status, response.read()
        finally:
            connection.close()
        if lose_reply:
            hang_up(exchange)
        else:
            exchange.answer(status, body)

    return act
