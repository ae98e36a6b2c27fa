"""The session check through each client over HTTP, side by side in one run: CPU time and latency.

    python benchmarks/clients.py

One thread asks, one check after the other, on one connection. Rounds of the clients take turns, and
the least CPU time of a round counts: other programs on the machine can only add to it. The service
runs in a process of its own, on loopback. ``http.client`` and urllib3 send the same request bare,
and parse the JSON of the response, which is what any program would have to do.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final
from urllib.parse import urlsplit

import urllib3

from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker
from cybershop_customer.entrypoints.client import HttpCustomerClient
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.testkit.http_server import served

ROUNDS: Final = 30
CHECKS: Final = 200
"""In one round of one client."""
PASSWORD: Final = "correct horse battery staple"
TARGET: Final = "/api/v1/customer/session"
BASELINE: Final = "http.client"


@dataclass
class Way:
    """One client, and what was measured of it, in microseconds a check."""

    name: str
    check: Callable[[], object]
    costs: list[float] = field(default_factory=list[float])
    latencies: list[float] = field(default_factory=list[float])

    def measure(self) -> None:
        """Check ``CHECKS`` times."""
        self.check()
        cpu = time.process_time_ns()
        for _ in range(CHECKS):
            began = time.perf_counter_ns()
            self.check()
            self.latencies.append((time.perf_counter_ns() - began) / 1e3)
        self.costs.append((time.process_time_ns() - cpu) / 1e3 / CHECKS)

    @property
    def cost(self) -> float:
        return min(self.costs)


def serve(parent: Connection) -> None:
    """Serve a customer in memory until ``parent`` says something."""
    services = memory_container().services()
    services.customers.add_customer(customer_id="zoe", email="zoe@shop.example", password=PASSWORD)
    login = services.sessions.login(customer_id="zoe", password=PASSWORD)
    with served(services) as url:
        parent.send((url, login.context_id))
        parent.recv()


@contextmanager
def service() -> Iterator[tuple[str, str]]:
    """The URL of a service in a process of its own, and a ``context_id``."""
    here, there = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=serve, args=(there,))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join()


def bare_http_client(url: str, headers: dict[str, str]) -> Callable[[], object]:
    """The request by ``http.client`` on one connection."""
    connection = HTTPConnection(urlsplit(url).netloc)

    def check() -> object:
        connection.request("GET", TARGET, headers=headers)
        return json.loads(connection.getresponse().read())

    return check


def bare_urllib3(url: str, headers: dict[str, str]) -> Callable[[], object]:
    """The request by a pool of urllib3."""
    pool = urllib3.connection_from_url(url)
    return lambda: json.loads(pool.request("GET", TARGET, headers=headers).data)


def main() -> None:
    """Measure and print."""
    with service() as (url, context_id), HttpCustomerClient(url) as client:
        checker = HttpSessionChecker(url)
        headers = {"Authorization": f"Bearer {context_id}"}
        ways = [
            Way(BASELINE, bare_http_client(url, headers)),
            Way("urllib3", bare_urllib3(url, headers)),
            Way("HttpCustomerClient", lambda: client.check_session(context_id)),
            Way("HttpSessionChecker", lambda: checker.check_session(context_id)),
        ]
        for _ in range(ROUNDS):
            for way in ways:
                way.measure()
        checker.close()
    print(f"{'':20} {'CPU us':>8} {'ratio':>6} {'p50 us':>8} {'p99 us':>8}")
    for way in ways:
        cuts = statistics.quantiles(way.latencies, n=100)
        print(
            f"{way.name:20} {way.cost:8.0f} {way.cost / ways[0].cost:6.2f}"
            f" {cuts[49]:8.0f} {cuts[98]:8.0f}"
        )


if __name__ == "__main__":
    main()
