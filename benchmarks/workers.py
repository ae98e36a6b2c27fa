"""Servers side by side: ``serve``, plain waitress, gunicorn's own worker, and granian.

    python benchmarks/workers.py [--seconds 4] [--connections 16] [--stops 3] [--only NAME]

Clients in two processes check a session on connections that they keep, on SQLite. Printed are
checks a second, CPU time of the server for each, the time of a check, the memory of each worker
after that (resident, and proportional: its part of what it shares), and how many requests got no
answer or a broken one while the server was reloaded (SIGHUP) and stopped (SIGTERM) under that
load. The clients use the same processors, so compare the CPU times; the rates hold for this machine
only.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread
from typing import Final

CLIENT_PROCESSES: Final = 2
BASE: Final = "/api/v1/customer"
PASSWORD: Final = "correct horse battery staple"
APPLICATION: Final = "cybershop_customer.entrypoints.http.wsgi:application"
PYTHON: Final = (sys.executable, "-m")
BY_HAND: Final = ("--workers", "2", APPLICATION)
SERVERS: Final = {
    "serve, 1 worker": (*PYTHON, "cybershop_customer", "serve", "--port", "{port}"),
    "serve, 2 workers": (
        *(*PYTHON, "cybershop_customer", "serve", "--port", "{port}"),
        *("--workers", "2"),
    ),
    "waitress, 1 process": (
        *(*PYTHON, "waitress", "--listen", "127.0.0.1:{port}", "--threads", "8", APPLICATION),
    ),
    "gunicorn gthread, 2 workers": (
        *(*PYTHON, "gunicorn", "--bind", "127.0.0.1:{port}", "--log-level", "error"),
        *("--worker-class", "gthread", "--threads", "8", *BY_HAND),
    ),
    "granian, 1 worker": (
        *(*PYTHON, "granian", "--interface", "wsgi", "--http", "1", "--port", "{port}"),
        *("--host", "127.0.0.1", "--blocking-threads", "8", "--workers", "1", APPLICATION),
    ),
    "granian, 2 workers": (
        *(*PYTHON, "granian", "--interface", "wsgi", "--http", "1", "--port", "{port}"),
        *("--host", "127.0.0.1", "--blocking-threads", "8", *BY_HAND),
    ),
}
RELOADS: Final = frozenset(name for name in SERVERS if "2 workers" in name)
LEAST_MIB: Final = 20
"""A child with less memory is a helper of the server, and no worker."""


@dataclass
class Load:
    """What the clients of one run saw."""

    seconds: list[float]
    failed: int
    refused: int


class Server:
    """A server in a process of its own."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", port: int, context_id: str, *, workers: bool
    ) -> None:
        self.process, self.port, self.context_id = process, port, context_id
        self.workers = workers

    def cpu_seconds(self) -> float:
        """CPU time of the server and its workers so far."""
        return sum(map(_cpu_seconds, (self.process.pid, *_children(self.process.pid))))

    def memory(self) -> str:
        """MiB of each worker: resident, and proportional (proc(5), ``smaps_rollup``)."""
        workers = [*_children(self.process.pid)] if self.workers else [self.process.pid]
        sizes = [found for pid in workers if (found := _sizes(pid))[0] > LEAST_MIB]
        return " / ".join(f"{statistics.mean(column):.0f}" for column in zip(*sizes, strict=True))


def _sizes(pid: int) -> tuple[float, float]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = dict(line.split()[:2] for line in text.splitlines()[1:])
    return int(sizes["Rss:"]) / 1024, int(sizes["Pss:"]) / 1024


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _cpu_seconds(pid: int) -> float:
    ticks = sum(int(field) for field in _stat(pid)[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def _children(parent: int) -> Iterator[int]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(_stat(int(folder.name))[1]) == parent:
                yield int(folder.name)
                yield from _children(int(folder.name))
        except OSError:
            continue


@contextmanager
def running(name: str) -> Iterator[Server]:
    """Start the server ``name`` with a customer who has a session."""
    with closing(socket.socket()) as probe, tempfile.TemporaryDirectory() as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = {
            "CUSTOMER_HOST": "127.0.0.1",
            "CUSTOMER_STORAGE": "sqlite",
            "CUSTOMER_SQLITE_PATH": f"{folder}/customer.db",
            "CUSTOMER_BCRYPT_ROUNDS": "4",
        }
        process = subprocess.Popen(
            [part.format(port=port) for part in SERVERS[name]],
            env={**os.environ, **settings},
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield Server(
                process, port, _session(port), workers=name in RELOADS or name.startswith("granian")
            )
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                for worker in _children(process.pid):
                    os.kill(worker, signal.SIGKILL)
                process.kill()
                process.wait()


def _session(port: int) -> str:
    """Register a customer, once the server answers, and log in."""
    message = {"customer_id": "zoe", "email": "zoe@shop.example", "password": PASSWORD}
    for method, path in (("POST", "/"), ("PUT", "/login")):
        body = json.dumps(message).encode()
        answer = _ask(port, method, BASE + path, body)
        message = {"customer_id": "zoe", "password": PASSWORD}
    return str(answer["context_id"])


def _ask(port: int, method: str, path: str, body: bytes) -> dict[str, object]:
    give_up_at = time.monotonic() + 30
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        with closing(connection):
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"})
                return dict(json.loads(connection.getresponse().read()))
            except OSError:
                if time.monotonic() > give_up_at:
                    raise
                time.sleep(0.05)


def _clients(port: int, context_id: str, connections: int, pipe: Connection) -> None:
    """Run ``connections`` clients until the pipe says so; then send what they saw."""
    load, enough = Load([], 0, 0), Event()
    request = (
        f"GET {BASE}/session HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {context_id}\r\n\r\n"
    ).encode()
    threads = [
        Thread(target=_client, args=(port, request, load, enough)) for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    pipe.send(None)
    pipe.recv()
    enough.set()
    for thread in threads:
        thread.join()
    pipe.send(load)


def _client(port: int, request: bytes, load: Load, enough: Event) -> None:
    while not enough.is_set():
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        except OSError:
            load.refused += 1
            enough.wait(0.05)
            continue
        with connection:
            while not enough.is_set():
                began = time.perf_counter()
                try:
                    closes = _exchange(connection, request)
                except OSError:
                    load.failed += 1
                    break
                load.seconds.append(time.perf_counter() - began)
                if closes:
                    break


def _exchange(connection: socket.socket, request: bytes) -> bool:
    """Send a request and read its answer. Returns whether the server closes the connection."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            raise ConnectionResetError
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(head)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return b"connection: close" in head.lower()


@contextmanager
def load_on(server: Server, connections: int) -> Iterator[Load]:
    """Clients that ask while the block runs; the yielded value is complete after it."""
    context = get_context("spawn")
    pipes = []
    for _ in range(CLIENT_PROCESSES):
        ours, theirs = context.Pipe()
        arguments = (server.port, server.context_id, connections // CLIENT_PROCESSES, theirs)
        context.Process(target=_clients, args=arguments, daemon=True).start()
        ours.recv()
        pipes.append(ours)
    total = Load([], 0, 0)
    yield total
    for pipe in pipes:
        pipe.send(None)
    for pipe in pipes:
        seen = pipe.recv()
        total.seconds += seen.seconds
        total.failed += seen.failed
        total.refused += seen.refused


def measure(name: str, seconds: float, connections: int, stops: int) -> str:
    """A row of the table."""
    with running(name) as server:
        before, began = server.cpu_seconds(), time.monotonic()
        with load_on(server, connections) as load:
            time.sleep(seconds)
        took, cpu = time.monotonic() - began, server.cpu_seconds() - before
        memory = server.memory()
    asked = len(load.seconds)
    percentiles = statistics.quantiles(load.seconds, n=100)
    lost = {number: _lost(name, number, connections, stops) for number in _signals(name)}
    return (
        f"| {name} | {asked / took:,.0f} | {cpu / asked * 1e6:.0f}"
        f" | {percentiles[49] * 1e3:.1f} / {percentiles[98] * 1e3:.1f}"
        f" | {memory} | {lost.get(signal.SIGHUP, '')} | {lost[signal.SIGTERM]} |"
    )


def _signals(name: str) -> tuple[signal.Signals, ...]:
    return (signal.SIGHUP, signal.SIGTERM) if name in RELOADS else (signal.SIGTERM,)


def _lost(name: str, number: signal.Signals, connections: int, times: int) -> int:
    """How many requests got no whole answer when the server was sent ``number``, in all ``times``.

    A connection that the system refuses is not counted: no server has read anything of it.
    """
    failed = 0
    for _ in range(times):
        with running(name) as server, load_on(server, connections) as load:
            time.sleep(0.7)
            server.process.send_signal(number)
            if number == signal.SIGTERM:
                server.process.wait(60)
            else:
                time.sleep(2)
        failed += load.failed
    return failed


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--stops", type=int, default=3)
    parser.add_argument("--only", help="a part of the name of a server")
    options = parser.parse_args()
    print(
        "| server | checks a second | CPU µs | p50 / p99 ms | MiB | lost: reloads | lost: stops |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in SERVERS:
        if options.only is not None and options.only not in name:
            continue
        print(measure(name, options.seconds, options.connections, options.stops), flush=True)


if __name__ == "__main__":
    main()
