"""Transports: a request reaches the application by a call in this process, or by HTTP."""

import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse, parse_headers
from io import BytesIO
from typing import Any, Final, Self
from urllib.parse import unquote_to_bytes, urlsplit

from support.http.api import Answer, Request, Send

from cybershop_customer.entrypoints.http.server import Server

TIMEOUT: Final = 30.0
"""Seconds; a test that waits longer hangs."""

LIVEZ: Final = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
"""A complete request in bytes."""

App = Callable[..., Any]


@contextmanager
def in_process(app: App) -> Iterator[Send]:
    """Call the application in this process as a WSGI server does."""

    def send(request: Request) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: object) -> None:
            started.append((status, headers))

        parts = app(_environ(request), start_response)
        body = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        ((status, headers),) = started
        return Answer(int(status.split()[0]), _lower(headers), body)

    yield send


@contextmanager
def over_waitress(app: App) -> Iterator[Send]:
    """Serve the application with the product's own server, and send HTTP to it."""
    with served(app) as server, over_http(server.url) as send:
        yield send


@contextmanager
def served(app: App) -> Iterator[Server]:
    """Run the product's server in a thread; it must stop cleanly at the end of the block."""
    server = Server(app, host="127.0.0.1", port=0, threads=2)
    with ThreadPoolExecutor(1) as thread:
        finished = thread.submit(server.run)
        try:
            yield server
        finally:
            server.stop()
            all_answered = finished.result(timeout=TIMEOUT)
            server.close()
        assert all_answered, "requests were left unanswered"


@contextmanager
def over_http(url: str) -> Iterator[Send]:
    """Send HTTP to the service at ``url``, on one connection as long as it stays open."""
    with over_connection(HTTPConnection(*_address(url), timeout=TIMEOUT)) as send:
        yield send


@contextmanager
def over_connection(connection: HTTPConnection) -> Iterator[Send]:
    """Send HTTP over ``connection``, and close it at the end."""

    def send(request: Request) -> Answer:
        # Not a mapping: a header may come twice.
        connection.putrequest(request.method, request.target, skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value)
        if request.body or request.method in ("POST", "PUT"):
            connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body or None)
        return _answer(connection.getresponse())

    try:
        yield send
    finally:
        connection.close()


class RawConnection:
    """A connection that sends any bytes, HTTP or not."""

    def __init__(self, url: str) -> None:
        self._socket = socket.create_connection(_address(url), timeout=TIMEOUT)
        self._reader = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._reader.close()
        self._socket.close()

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self, method: str = "GET") -> Answer:
        """Read the next answer, to a request of ``method``."""
        line = self._reader.readline()
        if not line:
            raise ConnectionError("closed without an answer")
        headers = _lower(parse_headers(self._reader).items())
        length = 0 if method == "HEAD" else int(headers.get("content-length", 0))
        return Answer(int(line.split()[1]), headers, self._reader.read(length))

    def read(self, count: int) -> bytes:
        """Read ``count`` bytes, or fewer if the service hangs up first."""
        return self._reader.read(count)

    def exchange(self, data: bytes, method: str = "GET") -> Answer:
        self.send(data)
        return self.receive(method)


def encoded(request: Request) -> bytes:
    """``request`` as bytes of HTTP/1.1, however wrong it is."""
    lines = [f"{request.method} {request.target} HTTP/1.1", "Host: localhost"]
    lines += [f"{name}: {value}" for name, value in request.headers]
    lines += [f"Content-Length: {len(request.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + request.body


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def _answer(response: HTTPResponse) -> Answer:
    return Answer(response.status, _lower(response.getheaders()), response.read())


def _lower(headers: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers}


def _environ(request: Request) -> dict[str, Any]:
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "shop.test",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_HOST": "localhost",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": None,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        repeated = key in environ and key != "HTTP_HOST"
        environ[key] = f"{environ[key]}, {value}" if repeated else value
    return environ
