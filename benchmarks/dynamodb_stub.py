"""A stand-in for DynamoDB on loopback, in another process, which answers every read at once."""

import json
import os
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final
from zlib import crc32

from cybershop_customer.adapters.dynamodb.attributes import moment

ISSUED: Final = datetime.now(UTC)
"""The check refuses sessions of the future, and old ones."""


@contextmanager
def dynamodb_stub(session_id: str) -> Iterator[str]:
    """The endpoint of a stub where every customer has this one session."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "local")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "local")
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    server = context.Process(target=_serve, args=(sender, session_id), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        server.terminate()


class _Server(socketserver.ThreadingTCPServer):
    """Serves each connection in a thread."""

    daemon_threads = True
    session_id: str


class _Stub(socketserver.StreamRequestHandler):
    """Answers every request with the item of its key, until the client hangs up."""

    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        """Answer the requests of one connection."""
        while self.rfile.readline():
            length = 0
            while (line := self.rfile.readline().strip().lower()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name == b"content-length" else length
            key = json.loads(self.rfile.read(length))["Key"]["pk"]["S"]
            self.wfile.write(_answer(key, self.server.session_id))


def _serve(port: Connection, session_id: str) -> None:
    with _Server(("127.0.0.1", 0), _Stub) as server:
        server.session_id = session_id
        port.send(server.server_address[1])
        server.serve_forever()


@lru_cache
def _answer(key: str, session_id: str) -> bytes:
    times = {"issued": moment(ISSUED), "expires": moment(ISSUED + timedelta(minutes=30))}
    item = {
        "pk": {"S": key},
        "schema": {"N": "1"},
        "roles": {"SS": ["admin"]},
        "email_verified": {"BOOL": True},
        "sessions": {"M": {session_id: {"M": times}}},
    }
    capacity = {"TableName": "customer", "CapacityUnits": 1.0}
    body = json.dumps({"ConsumedCapacity": capacity, "Item": item}).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
        "x-amzn-RequestId: 7051c0b1-7ff4-441d-92e8-81fbf6c88cbb\r\n"
        f"x-amz-crc32: {crc32(body)}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
