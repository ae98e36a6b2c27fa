"""The session check while strangers make the service hash passwords, with and without the lane.

    python benchmarks/login_storm.py

The service runs in a process of its own, in memory, with bcrypt's cost 12 and 8 request threads. A
storm keeps 16 or 64 connections busy: each sends its next request at once, whatever
``Retry-After`` says, and has an address of its own. Budgets by source are off, so the hashing lane
alone defends the service. Meanwhile one client checks a session, waits 2 ms, and checks it again.
Another one logs in on a known device twice a second, and obeys ``Retry-After``.

The columns with ``x`` compare the checks with those of the same service before the storm. ``late``
counts the logins on a known device that took more than 3 seconds. Without the lane, checks still go
before other requests, and have a request thread of their own.
"""

import argparse
import json
import os
import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as ProcessEvent
from statistics import quantiles
from threading import Event, Thread
from typing import Final, Self

from dependency_injector import providers

from cybershop_customer import Attempt, Charge, Throttle
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.entrypoints.cli.serve import SWITCH_SECONDS
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.server import Server
from cybershop_customer.entrypoints.logs import log_to_stderr
from cybershop_customer.entrypoints.settings import Settings

BASE: Final = "/api/v1/customer"
PASSWORD: Final = "an unusual pass phrase"
CHECK_PAUSE: Final = 0.002
LOGIN_PAUSE: Final = 0.5
LOGIN_LIMIT: Final = 3.0
LOGIN_TIMEOUT: Final = 10.0
TIMEOUT: Final = 60.0
_numbers: Final = count()


class NoLimit(Throttle):
    """Admits every attempt."""

    def charge(self, attempt: Attempt) -> Charge:
        return Charge(attempt, full_at=attempt.at)

    def refund(self, charge: Charge, now: datetime) -> None:
        pass


@dataclass(frozen=True)
class Service:
    """The service, in a process of its own."""

    address: tuple[str, int]
    context_id: str
    device_token: str


def _serve(pipe: Connection, with_lane: bool) -> None:  # noqa: FBT001 (an argument of a process)
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 (for the log)
    log_to_stderr()
    container = make_container(Settings(storage="memory"))
    container.source_throttle.override(providers.Object(NoLimit()))
    if not with_lane:
        container.hashing_lane.override(providers.Object(MemoryHashingLane()))
    services = container.services()
    for name in ("ann", "zoe"):
        email = f"{name}@example.com"
        services.customers.add_customer(customer_id=name, email=email, password=PASSWORD)
    # The logins during the storm end zoe's oldest sessions, so the checks use another customer's.
    checked = services.sessions.login(customer_id="ann", password=PASSWORD)
    login = services.sessions.login(customer_id="zoe", password=PASSWORD)
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = container.settings()
    server = Server(create_app(services), host="127.0.0.1", port=0, threads=settings.threads)
    running = Thread(target=server.run)
    running.start()
    port = int(server.url.rpartition(":")[2])
    pipe.send(Service(("127.0.0.1", port), checked.context_id, login.device_token))
    pipe.recv()
    server.stop()
    running.join()
    server.close()
    container.hashing_lane().close()


@contextmanager
def service(*, with_lane: bool) -> Iterator[Service]:
    """Runs while the block does."""
    context = get_context("spawn")
    pipe, other_end = context.Pipe()
    process = context.Process(target=_serve, args=(other_end, with_lane))
    process.start()
    try:
        yield pipe.recv()
    finally:
        pipe.send("stop")
        process.join()


def encoded(method: str, path: str, message: dict[str, str] | None = None, head: str = "") -> bytes:
    """A request in bytes."""
    body = b"" if message is None else json.dumps(message).encode()
    lines = (
        f"{method} {BASE}{path} HTTP/1.1\r\nHost: localhost\r\n{head}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return lines.encode() + body


def invented_login() -> bytes:
    """A login under a name that does not exist."""
    name = f"invented-{os.getpid()}-{next(_numbers)}"
    return encoded("PUT", "/login", {"customer_id": name, "password": PASSWORD})


def registration() -> bytes:
    """The registration of a new customer."""
    name = f"new-{os.getpid()}-{next(_numbers)}"
    message = {"customer_id": name, "email": f"{name}@example.com", "password": PASSWORD}
    return encoded("POST", "/", message)


def taken_registration() -> bytes:
    """The registration of an id that is taken."""
    name = f"new-{os.getpid()}-{next(_numbers)}"
    message = {"customer_id": "zoe", "email": f"{name}@example.com", "password": PASSWORD}
    return encoded("POST", "/", message)


STORMS: Final[dict[str, Callable[[], bytes]]] = {
    "invented logins": invented_login,
    "registrations": registration,
    "of a taken id": taken_registration,
}


class Client:
    """A kept connection, on which one request follows the reply to another."""

    def __init__(
        self, address: tuple[str, int], source: str = "127.0.0.1", *, timeout: float = TIMEOUT
    ) -> None:
        self.socket = socket.create_connection(address, timeout, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read_reply(self) -> tuple[int, bytes, bytes] | None:
        """Read what has arrived: status, headers and body of a reply, or None if it goes on."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the service closed the connection")
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return None
        length = int(header(head, b"content-length") or 0)
        if len(rest) < length:
            return None
        self._received = rest[length:]
        return int(head.split(b" ", 2)[1]), head, rest[:length]

    def exchange(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Send a request and wait for its reply."""
        self.socket.sendall(request)
        while (reply := self.read_reply()) is None:
            pass
        return reply


def header(head: bytes, name: bytes) -> bytes | None:
    """The value of a header, or None if it is missing."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


def _storm(
    address: tuple[str, int], kind: str, connections: int, stopped: ProcessEvent, pipe: Connection
) -> None:
    statuses: Counter[int] = Counter()
    request = STORMS[kind]
    selector = selectors.DefaultSelector()
    # On Linux all of 127.0.0.0/8 is this machine.
    sources = [f"127.0.1.{number + 1}" for number in range(connections)]
    if sys.platform != "linux":
        sources = ["127.0.0.1"] * connections
    for source in sources:
        client = Client(address, source)
        client.socket.sendall(request())
        selector.register(client.socket, selectors.EVENT_READ, client)
    pipe.send("started")
    while not stopped.is_set():
        for key, _ in selector.select(0.1):
            reply = key.data.read_reply()
            if reply is not None:
                statuses[reply[0]] += 1
                key.data.socket.sendall(request())
    pipe.send(statuses)


@contextmanager
def storm(
    address: tuple[str, int], kind: str, connections: int, statuses: Counter[int]
) -> Iterator[None]:
    """Rages while the block runs, and then adds its replies to ``statuses``."""
    context = get_context("spawn")
    stopped = context.Event()
    pipe, other_end = context.Pipe()
    arguments = (address, kind, connections, stopped, other_end)
    process = context.Process(target=_storm, args=arguments)
    process.start()
    pipe.recv()
    try:
        yield
    finally:
        stopped.set()
        statuses.update(pipe.recv())
        process.join()


@dataclass
class Checks:
    """The checks of some time."""

    seconds: float
    latencies: list[float] = field(default_factory=list[float])
    """In milliseconds."""
    failures: int = 0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    @property
    def median(self) -> float:
        return quantiles(self.latencies, n=100)[49]

    @property
    def p99(self) -> float:
        return quantiles(self.latencies, n=100)[98]


def check_for(seconds: float, service: Service) -> Checks:
    """Check the session again and again."""
    head = f"Authorization: Bearer {service.context_id}\r\n"
    request = encoded("GET", "/session", head=head)
    checks = Checks(seconds)
    with Client(service.address) as client:
        ends = time.perf_counter() + seconds
        while (began := time.perf_counter()) < ends:
            status, *_ = client.exchange(request)
            checks.latencies.append(1000 * (time.perf_counter() - began))
            checks.failures += status != 200  # noqa: PLR2004 (HTTP)
            time.sleep(CHECK_PAUSE)
    return checks


def log_in(client: Client, request: bytes) -> None:
    """Log in, as often as the service says that it is busy."""
    while True:
        status, head, body = client.exchange(request)
        if status == 200:  # noqa: PLR2004 (HTTP)
            return
        wait = header(head, b"retry-after")
        if wait is None:
            raise RuntimeError(body.decode())
        time.sleep(float(wait))


class RightfulLogins:
    """A customer who logs in on a known device, again and again. It obeys ``Retry-After``."""

    def __init__(self, service: Service) -> None:
        self.seconds: list[float] = []
        self.timeouts = 0
        self._service = service
        self._stopped = Event()
        self._thread = Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        message = {"customer_id": "zoe", "password": PASSWORD}
        message["device_token"] = self._service.device_token
        request = encoded("PUT", "/login", message)
        while not self._stopped.wait(LOGIN_PAUSE):
            began = time.perf_counter()
            with Client(self._service.address, timeout=LOGIN_TIMEOUT) as client:
                try:
                    log_in(client, request)
                except TimeoutError:
                    self.timeouts += 1
                else:
                    self.seconds.append(time.perf_counter() - began)


def measure(*, with_lane: bool, seconds: float, connections: list[int]) -> None:
    """Print one line for the idle service, and one for each storm."""
    lane = "lane" if with_lane else "none"
    with service(with_lane=with_lane) as its:
        check_for(1.0, its)  # The first ones are slower.
        idle = check_for(seconds, its)
        print(_line(lane, "idle", "", idle, idle))
        for kind in STORMS:
            for number in connections:
                statuses: Counter[int] = Counter()
                with storm(its.address, kind, number, statuses):
                    time.sleep(1.0)
                    with RightfulLogins(its) as logins:
                        checks = check_for(seconds, its)
                slowest = max(logins.seconds, default=float("nan"))
                late = sum(took > LOGIN_LIMIT for took in logins.seconds) + logins.timeouts
                replies = ", ".join(f"{statuses[it]} x {it}" for it in sorted(statuses))
                print(
                    _line(lane, kind, str(number), checks, idle)
                    + f"{len(logins.seconds) + logins.timeouts:7}{late:5}{slowest:7.2f}  {replies}",
                    flush=True,
                )
                time.sleep(1.0)


def _line(lane: str, kind: str, connections: str, checks: Checks, idle: Checks) -> str:
    failed = f" ({checks.failures} failed)" if checks.failures else ""
    return (
        f"{lane:5}{kind:16}{connections:>4}{checks.median:9.2f}{checks.p99:9.2f}{checks.rate:7.0f}"
        f"{checks.p99 / idle.p99:8.1f}{checks.rate / idle.rate:7.2f}{failed}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The session check during a login storm.")
    parser.add_argument("--seconds", type=float, default=8.0, help="the length of a measurement")
    parser.add_argument("--rounds", type=int, default=1, help="how often all is measured")
    parser.add_argument("--connections", type=int, nargs="+", default=[16, 64])
    parser.add_argument("--only", choices=("lane", "none"), help="with the lane, or without it")
    options = parser.parse_args()
    print(
        f"{'lane':5}{'storm':16}{'conn':>4}{'p50 ms':>9}{'p99 ms':>9}{'/s':>7}{'p99 x':>8}"
        f"{'/s x':>7}{'logins':>7}{'late':>5}{'max s':>7}  replies to the storm"
    )
    for _ in range(options.rounds):
        for lane in ("lane", "none"):
            if options.only in (None, lane):
                measure(
                    with_lane=lane == "lane",
                    seconds=options.seconds,
                    connections=options.connections,
                )


if __name__ == "__main__":
    main()
