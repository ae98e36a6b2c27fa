"""Requests a second for a small file through nginx: without the gate, with it, and with its cache.

    PYTHONPATH=tests python benchmarks/gateway.py

nginx runs the recipes of docs/gateways.md in front of one file, with one worker. The customer
service runs in memory, in a process of its own. Clients keep their connections open, and send the
next request as soon as they have the answer. Rounds of the three ways take turns, and the median
round counts. All of it shares the processors of one machine, so the ratios count.
"""

import argparse
import socket
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

from support.gateways.gateway import running, what_is_missing
from support.http.customer_api import add, log_in
from support.processes.command import Service

CONTENT: Final = b"x" * 1024
OPEN, GATED, CACHED = WAYS = ("without the gate", "with the gate", "with the gate and its cache")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Requests a second through nginx.")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="of one round")
    options = parser.parse_args()
    for name in ("nginx", "nginx-cached"):
        missing = what_is_missing(name)
        if missing is not None:
            raise SystemExit(missing)
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    with services() as (nginx, cached, context_id):
        targets = {
            OPEN: (nginx, "/open/file"),
            GATED: (nginx, "/files/file"),
            CACHED: (cached, "/files/file"),
        }
        for _ in range(options.rounds):
            for way, (url, path) in targets.items():
                done = load(url, path, context_id, options.connections, options.seconds)
                rates[way].append(done / options.seconds)
    without = statistics.median(rates[OPEN])
    print(f"{'':30}{'requests/s':>12}{'of those without':>18}")
    for way in WAYS:
        rate = statistics.median(rates[way])
        print(f"{way:30}{rate:12,.0f}{rate / without:18.2f}")


@contextmanager
def services() -> Iterator[tuple[str, str, str]]:
    """The URLs of nginx without and with the cache, and a ``context_id``."""
    with ExitStack() as stack:
        service = Service.start(stack, "--demo", "--port", "0")
        with service.api() as api:
            add(api, "zoe")
            context_id = log_in(api, "zoe")
        urls = [stack.enter_context(_nginx(name, service)) for name in ("nginx", "nginx-cached")]
        yield urls[0], urls[1], context_id


@contextmanager
def _nginx(name: str, service: Service) -> Iterator[str]:
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for location in ("files", "open"):
            (root / location).mkdir()
            (root / location / "file").write_bytes(CONTENT)
        server = f"keepalive_requests 100000000; location /open/ {{ root {root}; }}"
        ports = {"customer": int(service.port), "product": 9}
        with running(name, root, server=server, **ports) as url:
            yield url


def load(url: str, path: str, context_id: str, connections: int, seconds: float) -> int:
    """How many requests were answered with 200, by a client in a process of its own."""
    with get_context("spawn").Pool(1) as process:
        count: int = process.apply(_load, (url, path, context_id, connections, seconds))
    return count


def _load(url: str, path: str, context_id: str, connections: int, seconds: float) -> int:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {context_id}\r\n\r\n"
    ).encode()
    port = urlsplit(url).port
    end = perf_counter() + seconds

    def ask_again_and_again(_: int) -> int:
        count = 0
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            while perf_counter() < end:
                connection.sendall(request)
                answer = b""
                while not answer.endswith(CONTENT):
                    part = connection.recv(65536)
                    assert part, answer
                    answer += part
                assert answer.startswith(b"HTTP/1.1 200"), answer
                count += 1
        return count

    with ThreadPoolExecutor(connections) as threads:
        return sum(threads.map(ask_again_and_again, range(connections)))


if __name__ == "__main__":
    main()
