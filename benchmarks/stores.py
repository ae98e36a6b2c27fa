"""The three stores side by side in one run: session checks, and durable changes on SQLite.

    python benchmarks/stores.py [--rounds 15] [--customers 200]

Session checks: one thread asks, one check after the other, in process and over HTTP. DynamoDB is a
stand-in on loopback. Changes: each round is 200 operations with bcrypt at cost 4, in threads of one
process, or in two processes on one file. The rate of the disk is that of 8 frames of SQLite's log,
what a login writes, and one ``fdatasync``, in the same directory.

Rounds of everything take turns. The best round counts, and the median shows how busy the machine
was. So the differences and ratios mean something on any machine; the figures do not.

``--customers 100000`` fills the file first. Then the times of the logins show the pauses in which
SQLite copies its log into the file.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dynamodb_stub import dynamodb_stub
from session_check import NO_MEMORY, Way, log_in, service
from store_workers import OPERATIONS, Outcome, Worker, fill, worker

from cybershop_customer import ContextId
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.session_checkers import http_session_checker
from cybershop_customer.entrypoints.settings import Settings

STORED: Final = ContextId.new("567dce7f-b7b4-4efd-b75e-2b98592abe6d", b"benchmark" * 3 + b"-----")
FRAME: Final = b"x" * (24 + 4096)
"""SQLite's log has one frame for each page that a transaction changes."""
FRAMES_A_LOGIN: Final = 8
LOG_BYTES: Final = 1000 * len(FRAME)
"""SQLite's log begins again after as many frames."""
GOAL: Final = 300
"""Logins a second; or a third of the disk's rate, if that is less."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--customers", type=int, default=200)
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"load of the machine before: {load:.1f} on {os.cpu_count()} cores\n")
    with TemporaryDirectory(prefix="stores-", dir=Path.cwd()) as directory:
        _compare_checks(directory, arguments.rounds)
        print()
        _compare_changes(Path(directory), arguments.rounds, arguments.customers)


def _sqlite(directory: Path | str, name: str) -> dict[str, str]:
    path = str(Path(directory, f"{name}.db"))
    return {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": path}


def _in_process(name: str, environ: Mapping[str, str], context_id: str | None = None) -> Way:
    container: Container = make_container(Settings.demo_from_environ(environ))
    opened = log_in(container) if context_id is None else context_id
    return Way(name, container.session_checker().check_session, opened)


@contextmanager
def _over_http(
    name: str, environ: Mapping[str, str], context_id: str | None = None
) -> Iterator[Way]:
    with (
        service(environ, context_id=context_id) as remote,
        http_session_checker(remote.url, policy=NO_MEMORY) as checker,
    ):
        yield Way(name, checker.check_session, remote.context_id, remote.cpu)


def _compare_checks(directory: str, rounds: int) -> None:
    with ExitStack() as stack:
        endpoint = stack.enter_context(dynamodb_stub(STORED.session_id))
        dynamodb = {"CUSTOMER_STORAGE": "dynamodb", "CUSTOMER_DYNAMODB_ENDPOINT": endpoint}
        own = [
            _in_process("in process, memory", {"CUSTOMER_STORAGE": "memory"}),
            _in_process("in process, SQLite", _sqlite(directory, "own")),
            _in_process("in process, DynamoDB (stand-in)", dynamodb, STORED.secret),
        ]
        remote = [
            stack.enter_context(_over_http("over HTTP, memory", {"CUSTOMER_STORAGE": "memory"})),
            stack.enter_context(_over_http("over HTTP, SQLite", _sqlite(directory, "remote"))),
            stack.enter_context(
                _over_http("over HTTP, DynamoDB (stand-in)", dynamodb, STORED.secret),
            ),
        ]
        for _ in range(rounds):
            for way in (*own, *remote):
                way.measure()
    print(f"{'session check':34}{'best/s':>10}{'median/s':>10}{'CPU':>10}{'more than memory':>24}")
    for ways in (own, remote):
        for way in ways:
            _print_check(way, ways[0])


def _print_check(way: Way, memory: Way) -> None:
    best, cpu = max(way.rates), _cpu(way)
    more = 1e6 / best - 1e6 / max(memory.rates)
    ratios = [its / mine for mine, its in zip(way.rates, memory.rates, strict=True)]
    print(
        f"{way.name:34}{best:10,.0f}{statistics.median(way.rates):10,.0f}{cpu:7.1f} µs"
        f"{more:+9.1f} µs, CPU {cpu - _cpu(memory):+.1f} µs,"
        f" {statistics.median(ratios) * 100 - 100:+.1f} % in the median round"
    )


def _cpu(way: Way) -> float:
    """CPU time of the cheapest round, here and in the service, in microseconds a check."""
    return min(map(sum, zip(way.costs, way.server_costs, strict=True)))


@dataclass
class Case:
    """One operation in so many threads of some processes, and what was measured of it."""

    operation: str
    workers: Sequence[Worker]
    threads: int
    name: str
    rates: list[float] = field(default_factory=list[float])
    costs: list[float] = field(default_factory=list[float])
    times: list[float] = field(default_factory=list[float])

    def measure(self) -> None:
        """Let all processes begin at once, and wait for the last one."""
        for each in self.workers:
            each.begin(self.operation, self.threads)
        outcomes: list[Outcome] = [each.finish() for each in self.workers]
        count = sum(len(outcome.times) for outcome in outcomes)
        self.rates.append(count / max(outcome.seconds for outcome in outcomes))
        self.costs.append(sum(outcome.cpu for outcome in outcomes) / count * 1e6)
        for outcome in outcomes:
            self.times += outcome.times


def _compare_changes(directory: Path, rounds: int, customers: int) -> None:
    environ = _sqlite(directory, "changes")
    fill(environ, customers)
    with ExitStack() as stack:
        memory = stack.enter_context(worker({"CUSTOMER_STORAGE": "memory"}, customers=200))
        first, second = (
            stack.enter_context(worker(environ, customers=customers)) for _ in range(2)
        )
        cases = [
            Case("login", [memory], 1, "login, memory, 1 thread"),
            Case("login", [first], 1, "login, SQLite, 1 thread"),
            Case("login", [first], 4, "login, SQLite, 4 threads"),
            Case("login", [first], 8, "login, SQLite, 8 threads"),
            Case("login", [first, second], 4, "login, SQLite, 2 x 4 threads"),
            Case("registration", [memory], 1, "registration, memory, 1 thread"),
            Case("registration", [first], 1, "registration, SQLite, 1 thread"),
            Case("logout", [memory], 1, "logout, memory, 1 thread"),
            Case("logout", [first], 1, "logout, SQLite, 1 thread"),
        ]
        assert {case.operation for case in cases} == set(OPERATIONS)
        disk: list[float] = []
        for _ in range(rounds):
            for case in cases:
                case.measure()
                disk.append(_disk_rate(directory))
    rate = max(disk)
    print(
        f"the disk writes {FRAMES_A_LOGIN} frames and syncs {rate:,.0f} times a second at best,"
        f" {statistics.median(disk):,.0f} in the median"
    )
    print(f"the goal is {min(GOAL, rate / 3):,.0f} logins a second\n")
    print(f"{'change':32}{'best/s':>8}{'median/s':>10}{'CPU':>10}{'p50':>9}{'p99':>9}{'max':>9}")
    for case in cases:
        times = sorted(case.times)
        p50, p99, longest = (times[int(part * (len(times) - 1))] * 1e3 for part in (0.5, 0.99, 1))
        print(
            f"{case.name:32}{max(case.rates):8,.0f}{statistics.median(case.rates):10,.0f}"
            f"{min(case.costs):7,.0f} µs{p50:6.1f} ms{p99:6.1f} ms{longest:6.1f} ms"
        )


def _disk_rate(directory: Path, syncs: int = 50) -> float:
    """How often a second the disk can store what a login writes."""
    path = directory / "log"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        offset = os.lseek(descriptor, 0, os.SEEK_END) % LOG_BYTES
        start = time.perf_counter()
        for _ in range(syncs):
            for _ in range(FRAMES_A_LOGIN):
                os.pwrite(descriptor, FRAME, offset)
                offset += len(FRAME)
            os.fdatasync(descriptor)
        return syncs / (time.perf_counter() - start)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
