"""Runs the application in other WSGI servers, in their own processes.

If a server is not installed, its tests are skipped, or fail with
``CUSTOMER_REQUIRE_WSGI_SERVERS=1``.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest
from support.http.api import Api
from support.http.transports import LIVEZ, TIMEOUT, RawConnection, over_http
from support.processes.command import environ

MODULE: Final = "cybershop_customer.entrypoints.http.wsgi"
UWSGI: Final = (
    *("-c", "from pyuwsgi import run; run()", "--module", MODULE, "--http-socket", "{address}"),
    *("--need-app", "--master", "--die-on-term"),
)
GUNICORN: Final = ("-m", "gunicorn", f"{MODULE}:application", "--bind", "{address}")
GRANIAN: Final = (
    *("-m", "granian", f"{MODULE}:application", "--interface", "wsgi"),
    *("--http", "1", "--host", "{host}", "--port", "{port}", "--blocking-threads", "4"),
)

SERVERS: Final = {
    "gunicorn-sync": GUNICORN,
    "gunicorn-gthread": (*GUNICORN, "--worker-class", "gthread", "--threads", "4"),
    "gunicorn-preload": (*GUNICORN, "--preload"),
    "uwsgi": (*UWSGI, "--enable-threads"),
    "uwsgi-threads": (*UWSGI, "--threads", "4"),
    "granian": GRANIAN,
}
"""What follows ``python`` on the command line."""
WORKERS: Final = {"gunicorn": "--workers", "uwsgi": "--processes", "granian": "--workers"}
READS_CHUNKS: Final = {"gunicorn": True, "uwsgi": False, "granian": True}
_PACKAGES: Final = {"uwsgi": "pyuwsgi"}

_missing: set[str] = set()


def what_is_missing() -> set[str]:
    """The servers that a test needed and that are not installed."""
    return _missing


def family(name: str) -> str:
    """``gunicorn``, ``uwsgi`` or ``granian``."""
    return name.partition("-")[0]


def require(server: str) -> None:
    """Skip the calling test, or fail it, if ``server`` is not installed."""
    package = _PACKAGES.get(server, server)
    if find_spec(package) is None:
        _missing.add(package)
        if os.environ.get("CUSTOMER_REQUIRE_WSGI_SERVERS") == "1":
            pytest.fail(f"WSGI server: {package} is missing", pytrace=False)
        pytest.skip(f"WSGI server: {package} is missing")


@dataclass
class WSGIServer:
    """A server that was started."""

    process: "subprocess.Popen[bytes]"
    url: str
    log_file: Path

    @property
    def log(self) -> str:
        """The output of the server and its workers so far."""
        return self.log_file.read_text(errors="replace")

    @property
    def log_lines(self) -> list[dict[str, Any]]:
        """The log of the service, without the lines of the server."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    @contextmanager
    def api(self) -> Iterator[Api]:
        """Send each request on a new connection, so any worker may serve it."""

        def send(request: Any) -> Any:
            with over_http(self.url) as once:
                return once(request)

        yield Api(send)

    def await_answer(self) -> None:
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with RawConnection(self.url) as connection:
                    connection.exchange(LIVEZ)
            except OSError:
                time.sleep(0.05)
            else:
                return
        pytest.fail(f"it does not answer:\n{self.log}")

    def await_exit(self) -> int:
        return self.process.wait(TIMEOUT)


@contextmanager
def running(
    name: str, folder: Path, *options: str, wait: bool = True, **variables: str
) -> Iterator[WSGIServer]:
    """Run the server ``name`` with these settings on a free port of loopback."""
    command = (*SERVERS.get(name, UWSGI), *options)
    with started(family(name), command, folder, wait=wait, **variables) as server:
        yield server


@contextmanager
def started(
    package: str, command: Sequence[str], folder: Path, *, wait: bool = True, **variables: str
) -> Iterator[WSGIServer]:
    """Run ``python`` with ``command``, whose placeholders get a free address."""
    require(package)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    address = {"host": "127.0.0.1", "port": port, "address": f"127.0.0.1:{port}"}
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(part.format(**address) for part in command)],
            # gunicorn keeps a socket in the home folder.
            env=environ(**variables, HOME=str(folder)),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    server = WSGIServer(process, f"http://127.0.0.1:{port}", log)
    try:
        if wait:
            server.await_answer()
        yield server
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        # The server has its own process group, so this ends only its workers.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
