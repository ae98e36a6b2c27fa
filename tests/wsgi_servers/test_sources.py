"""Every WSGI server tells the application where a request comes from, and what a proxy says."""

import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from support.http.customer_api import BASE
from support.http.transports import TIMEOUT, RawConnection
from support.processes.wsgi_servers import (
    GRANIAN,
    GUNICORN,
    SERVERS,
    UWSGI,
    WSGIServer,
    family,
    running,
    started,
)

SETTINGS: Final = {
    "CUSTOMER_STORAGE": "memory",
    "CUSTOMER_BCRYPT_ROUNDS": "4",
    "CUSTOMER_SOURCE_FAILURES": "4",
}
CLIENT: Final = "203.0.113.9"
FAKE: Final = "198.51.100.1"
SOCKET: Final = "server.sock"
UNDER_A_SOCKET: Final = {
    "gunicorn": tuple(part.replace("{address}", f"unix:{SOCKET}") for part in GUNICORN),
    "uwsgi": tuple(part.replace("{address}", SOCKET) for part in (*UWSGI, "--enable-threads")),
    "granian": (
        *GRANIAN[: GRANIAN.index("--host")],
        *GRANIAN[GRANIAN.index("--blocking-threads") :],
        "--uds",
        SOCKET,
    ),
}
"""What follows ``python`` on the command line, for a unix socket in the current folder."""


@pytest.fixture(params=SERVERS)
def name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def ask(server: WSGIServer, *headers: str) -> None:
    """Send a login that fails."""
    body = b'{"customer_id": "nobody", "password": "wrong"}'
    lines = [
        f"PUT {BASE}/login HTTP/1.1",
        "Host: shop.test",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
        "\r\n",
    ]
    with RawConnection(server.url) as connection:
        connection.exchange("\r\n".join(lines).encode() + body)


def logins(server: WSGIServer, count: int) -> list[tuple[str, int]]:
    """The source and the status of each login so far, once there are ``count`` lines."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        lines = [line for line in server.log_lines if line.get("route", "").endswith("/login")]
        if len(lines) >= count or time.monotonic() > deadline:
            return [(line["source"], line["status_code"]) for line in lines]
        time.sleep(0.02)


def test_a_client_is_limited_whatever_it_claims(name: str, tmp_path: Path) -> None:
    with running(name, tmp_path, **SETTINGS) as server:
        for number in range(4):
            ask(server, f"X-Forwarded-For: 198.51.100.{number}", f"Forwarded: for=192.0.2.{number}")

        assert logins(server, 4) == [("127.0.0.1", 401)] * 3 + [("127.0.0.1", 429)]


def test_a_trusted_proxy_names_the_client(name: str, tmp_path: Path) -> None:
    """A proxy may add a line of its own below the client's; the last line counts."""
    with running(name, tmp_path, CUSTOMER_TRUSTED_PROXIES="127.0.0.1", **SETTINGS) as server:
        ask(server, f"X-Forwarded-For: {FAKE}, {CLIENT}")
        ask(server, f"X-Forwarded-For: {FAKE}", f"X-Forwarded-For: {CLIENT}")
        ask(server, f'Forwarded: for="{FAKE}', 'Forwarded: for="[2001:db8::1]:80";proto=https')
        ask(server, f"X-Forwarded-For: {CLIENT}", f"Forwarded: for={FAKE}")

        assert logins(server, 4) == [
            (CLIENT, 401),
            (CLIENT, 401),
            ("2001:db8::/64", 401),
            ("127.0.0.1", 401),
        ]


@pytest.fixture(params=UNDER_A_SOCKET)
def under_a_socket(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WSGIServer]:
    package: str = family(request.param)
    settings = {**SETTINGS, "CUSTOMER_TRUSTED_PROXIES": "unix"}
    command = UNDER_A_SOCKET[package]
    with started(package, command, tmp_path, wait=False, **settings) as server:
        yield server


def test_the_peer_of_a_unix_socket_can_be_trusted(
    under_a_socket: WSGIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A path of a unix socket may have at most 107 bytes.
    monkeypatch.chdir(under_a_socket.log_file.parent)
    connection = HTTPConnection("localhost")
    connection.sock = connected()
    body = '{"customer_id": "nobody", "password": "wrong"}'
    headers = {"Content-Type": "application/json", "X-Forwarded-For": f"{FAKE}, {CLIENT}"}
    connection.request("PUT", f"{BASE}/login", body, headers)
    assert connection.getresponse().status == 401
    connection.close()

    assert logins(under_a_socket, 1) == [(CLIENT, 401)]


def connected() -> socket.socket:
    """A connection to the socket, once the server listens."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(TIMEOUT)
        try:
            client.connect(SOCKET)
        except OSError:
            client.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return client
