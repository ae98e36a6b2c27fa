"""Runs nginx. Debian has it as a package; tests that need it are skipped where it is missing."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from support.http.transports import TIMEOUT

NGINX: Final = shutil.which("nginx", path=os.pathsep.join((os.environ["PATH"], "/usr/sbin")))

needs_nginx: Final = pytest.mark.skipif(NGINX is None, reason="nginx: it is not installed")

_CONFIGURATION: Final = """
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
    {servers}
}}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running_nginx(folder: Path, servers: str, port: int) -> Iterator[None]:
    """Run nginx with these blocks inside ``http``, from when it listens on ``port``."""
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder, servers=servers))
    command = [str(NGINX), "-p", str(folder), "-e", "error.log", "-c", str(configuration)]
    process = subprocess.Popen(command)
    try:
        _await_listener(process, port)
        yield
    finally:
        process.terminate()
        process.wait(TIMEOUT)


def _await_listener(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        assert process.poll() is None, "nginx refuses its configuration"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT).close()
        except OSError:
            assert time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.05)
        else:
            return
