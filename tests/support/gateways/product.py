"""A service behind a gateway, which believes the gateway's headers and says what it received."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

MARK = "x-customer-"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Product"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        received = {
            "method": self.command,
            "path": self.path,
            "length": len(body),
            "identity": sorted(
                [name.lower(), value]
                for name, value in self.headers.items()
                if name.lower().replace("_", "-").startswith(MARK)
            ),
        }
        self.server.received.append(received)
        data = json.dumps(received).encode()
        self.send_response(500 if self.path.endswith("/fails") else self.server.status)
        if self.server.status == HTTPStatus.FOUND:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD" and self.server.status != HTTPStatus.NO_CONTENT:
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815 (the names of http.server)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class Product(ThreadingHTTPServer):
    """Keeps what it received.

    In the place of the customer service, it is one that answers anything with ``status``.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[dict[str, object]] = []
        self.status = 200

    @property
    def port(self) -> int:
        return int(self.server_address[1])


@contextmanager
def product() -> Iterator[Product]:
    """A product service that runs."""
    with Product() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
