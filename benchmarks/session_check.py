"""The session check in each way, side by side in one run: checks a second, and CPU time of each.

    python benchmarks/session_check.py

``http.client`` sends the same request bare, and parses the JSON of the response, which is what any
program would have to do.

One thread asks, one check after the other. Rounds of the ways take turns, and the median round
counts; so the ratios mean something on any machine, the figures do not. The service and the
stand-in for DynamoDB run in processes of their own, on loopback: no network lies between.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

from dynamodb_stub import dynamodb_stub

from cybershop_customer import ContextId
from cybershop_customer.entrypoints.container import Container, make_container, memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.session_checkers import (
    CachePolicy,
    dynamodb_session_checker,
    http_session_checker,
)
from cybershop_customer.entrypoints.settings import Settings

ROUNDS: Final = 31
ROUND_SECONDS: Final = 0.1
TIME_LIMIT: Final = 2.0
"""Seconds: that of ``http_session_checker``."""
NO_MEMORY: Final = CachePolicy(max_age=0, refusal_max_age=0)
PASSWORD: Final = "correct horse battery staple"


@dataclass
class Way:
    """One way to check a session, and what was measured of it."""

    name: str
    check: Callable[[str], object]
    context_id: str
    server_cpu: Callable[[], float] = lambda: 0.0
    """Seconds of CPU time that the service has used so far."""
    rates: list[float] = field(default_factory=list[float])
    costs: list[float] = field(default_factory=list[float])
    server_costs: list[float] = field(default_factory=list[float])

    def measure(self) -> None:
        """Check for the length of a round."""
        check, context_id = self.check, self.context_id
        calls, seconds = 0, 0.0
        server, cpu, start = self.server_cpu(), time.process_time(), time.perf_counter()
        while not calls or seconds < ROUND_SECONDS:
            for _ in range(10):
                check(context_id)
            calls += 10
            seconds = time.perf_counter() - start
        used = time.process_time() - cpu
        self.rates.append(calls / seconds)
        self.costs.append(used / calls * 1e6)
        self.server_costs.append((self.server_cpu() - server) / calls * 1e6)


@dataclass
class Service:
    """The customer service in a process of its own."""

    url: str
    context_id: str
    pipe: Connection

    def cpu(self) -> float:
        """Seconds of CPU time that it has used so far."""
        self.pipe.send("cpu")
        return float(self.pipe.recv())


@contextmanager
def bare_client(url: str) -> Iterator[Callable[[str], object]]:
    """The check as one writes it with ``http.client``, on a connection that is kept."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIME_LIMIT)

    def check(context_id: str) -> object:
        headers = {"Authorization": f"Bearer {context_id}"}
        connection.request("GET", "/api/v1/customer/session", headers=headers)
        with connection.getresponse() as response:
            return json.loads(response.read())

    try:
        yield check
    finally:
        connection.close()


def log_in(container: Container) -> str:
    """Add a customer and log in. Returns the ``context_id``."""
    services = container.services()
    services.customers.add_customer(customer_id="zoe", email="zoe@example.com", password=PASSWORD)
    return services.sessions.login(customer_id="zoe", password=PASSWORD).context_id


def _serve(pipe: Connection, environ: Mapping[str, str] | None, context_id: str | None) -> None:
    container = (
        memory_container()
        if environ is None
        else make_container(Settings.demo_from_environ(environ))
    )
    opened = log_in(container) if context_id is None else context_id
    server = Server(create_app(container.services()), host="127.0.0.1", port=0, threads=8)
    running = Thread(target=server.run)
    running.start()
    pipe.send((server.url, opened))
    while pipe.recv() == "cpu":
        pipe.send(time.process_time())
    server.stop()
    running.join()


@contextmanager
def service(
    environ: Mapping[str, str] | None = None, *, context_id: str | None = None
) -> Iterator[Service]:
    """Runs while the benchmark does.

    Args:
        environ: the settings of its store; None is the store of ``memory_container``.
        context_id: of a session that its store has; None adds a customer who logs in.
    """
    context = get_context("spawn")
    pipe, other_end = context.Pipe()
    process = context.Process(target=_serve, args=(other_end, environ, context_id))
    process.start()
    url, opened = pipe.recv()
    try:
        yield Service(url, opened, pipe)
    finally:
        pipe.send("stop")
        process.join()


def main() -> None:
    """Measure and print."""
    container = memory_container()
    in_memory, own_context_id = container.session_checker(), log_in(container)
    stored = ContextId.new("567dce7f-b7b4-4efd-b75e-2b98592abe6d", b"benchmark" * 3 + b"-----")
    with (
        service() as remote,
        dynamodb_stub(stored.session_id) as endpoint,
        http_session_checker(remote.url, policy=NO_MEMORY) as http,
        http_session_checker(remote.url) as cached,
        bare_client(remote.url) as bare,
        dynamodb_session_checker(endpoint, policy=NO_MEMORY) as dynamodb,
    ):
        ways = [
            Way("in process, store in memory", in_memory.check_session, own_context_id),
            Way(
                "from the cache, in front of HTTP",
                cached.check_session,
                remote.context_id,
                remote.cpu,
            ),
            over_http := Way("over HTTP", http.check_session, remote.context_id, remote.cpu),
            by_hand := Way("bare http.client", bare, remote.context_id, remote.cpu),
            Way("direct on DynamoDB (stand-in)", dynamodb.check_session, stored.secret),
        ]
        for _ in range(ROUNDS):
            for way in ways:
                way.measure()

    print(f"{'':34}{'checks/s':>10}{'CPU here':>12}{'CPU of service':>17}{'times HTTP':>12}")
    for way in ways:
        ratios = [mine / its for mine, its in zip(way.rates, over_http.rates, strict=True)]
        print(
            f"{way.name:34}{statistics.median(way.rates):10,.0f}"
            f"{statistics.median(way.costs):9.1f} µs{statistics.median(way.server_costs):14.1f} µs"
            f"{statistics.median(ratios):12.1f}"
        )
    ratios = [mine / its for mine, its in zip(over_http.costs, by_hand.costs, strict=True)]
    print(f"CPU over HTTP: {statistics.median(ratios):.2f} times that of a bare http.client")


if __name__ == "__main__":
    main()
