"""nginx, configured as docs/serving.md says, tells the service who its clients are."""

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from support.http.customer_api import BASE
from support.http.transports import TIMEOUT
from support.processes.command import Service
from support.processes.nginx import free_port, needs_nginx, running_nginx

pytestmark = needs_nginx

DOCUMENT: Final = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")


@pytest.fixture
def service() -> Iterator[Service]:
    """The service, behind a proxy on this machine. Clients on it use 127.0.0.2 and others."""
    with ExitStack() as stack:
        yield Service.start(stack, "--demo", "--port", "0", CUSTOMER_TRUSTED_PROXIES="127.0.0.1")


@pytest.fixture
def nginx(service: Service, tmp_path: Path) -> Iterator[int]:
    """The port of nginx, in front of ``service``."""
    block = re.search(r"^```nginx\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert block is not None
    port = free_port()
    location = block[1].replace("30000", service.port)
    servers = f"server {{ listen 127.0.0.1:{port}; {location} }}"
    with running_nginx(tmp_path, servers, port):
        yield port


def ask(port: int, client: str, *headers: str) -> None:
    """Send a request from the address ``client`` of loopback."""
    lines = [f"GET {BASE}/session HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    with socket.create_connection(
        ("127.0.0.1", port), timeout=TIMEOUT, source_address=(client, 0)
    ) as connection:
        connection.sendall("\r\n".join([*lines, "\r\n"]).encode())
        with connection.makefile("rb") as answer:
            answer.read()


@pytest.mark.parametrize(
    "header",
    [
        "X-Forwarded-For: 198.51.100.1",
        "X-Forwarded-For: 198.51.100.1, 127.0.0.1",
        "X-Forwarded-For: ,",
        "X_Forwarded_For: 198.51.100.1",
        "Forwarded: for=198.51.100.1",
        'Forwarded: for="',
    ],
)
def test_the_client_of_nginx_is_the_source(service: Service, nginx: int, header: str) -> None:
    ask(nginx, "127.0.0.2")
    ask(nginx, "127.0.0.3", header)

    # The service ends before its log is read, because both use one position in the file.
    service.signal()
    assert service.wait() == 0

    lines = [line for line in service.log_lines if line.get("route") == f"{BASE}/session"]
    assert [line["source"] for line in lines] == ["127.0.0.2", "127.0.0.3"]
