"""nginx, configured as docs/serving.md says, tells the service who its clients are.

Debian has nginx as a package. Where it is missing, these tests are skipped.
"""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from support.http.customer_api import BASE
from support.http.transports import LIVEZ, TIMEOUT, RawConnection
from support.processes.command import Service

PATH: Final = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))
NGINX: Final = shutil.which("nginx", path=PATH)
pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx: it is not installed")

DOCUMENT: Final = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
CONFIGURATION: Final = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    location = block[1].replace("30000", service.port)
    configuration = tmp_path / "nginx.conf"
    text = CONFIGURATION.format(folder=tmp_path, port=port, location=location)
    configuration.write_text(text, encoding="utf-8")
    command = [str(NGINX), "-p", str(tmp_path), "-e", "error.log", "-c", str(configuration)]
    process = subprocess.Popen(command)
    try:
        await_answer(port)
        yield port
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def await_answer(port: int) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            with RawConnection(f"http://127.0.0.1:{port}") as connection:
                connection.exchange(LIVEZ)
        except OSError:
            assert time.monotonic() < deadline, "nginx does not answer"
            time.sleep(0.05)
        else:
            return


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
