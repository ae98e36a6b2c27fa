"""Processes that change a store in threads, for ``stores.py``."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final
from uuid import uuid4

from session_check import PASSWORD

from cybershop_customer import Customer
from cybershop_customer.adapters.bcrypt.password_hasher import BcryptPasswordHasher
from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.domain.audit import AuditRecord
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.settings import Settings

A_ROUND: Final = 200
"""Operations of a process in a round."""

Job = Callable[[], object]


@dataclass
class Outcome:
    """What a process measured in one round."""

    seconds: float
    cpu: float
    times: list[float] = field(default_factory=list[float])
    """Of each operation, in seconds."""


@dataclass
class Worker:
    """A process that works on a store."""

    pipe: Connection

    def begin(self, operation: str, threads: int) -> None:
        """Start a round."""
        self.pipe.send((operation, threads))

    def finish(self) -> Outcome:
        """Wait for the end of the round."""
        outcome: Outcome = self.pipe.recv()
        return outcome


@contextmanager
def worker(environ: Mapping[str, str], *, customers: int) -> Iterator[Worker]:
    """Runs while the benchmark does. A store in memory gets its own customers."""
    context = get_context("spawn")
    pipe, other_end = context.Pipe()
    process = context.Process(target=_work, args=(other_end, environ, customers))
    process.start()
    pipe.recv()
    try:
        yield Worker(pipe)
    finally:
        pipe.send(None)
        process.join()


def fill(environ: Mapping[str, str], customers: int) -> None:
    """Add customers whose logins the rounds measure."""
    settings = Settings.demo_from_environ({**environ, "CUSTOMER_SQLITE_SYNCHRONOUS": "normal"})
    _fill(make_container(settings), customers)


def _customer_id(number: int) -> str:
    # Neighbours in time are not neighbours in the file.
    return f"{random.Random(number).getrandbits(128):032x}"


def _fill(container: Container, customers: int) -> None:
    repository, now = container.customer_repository(), datetime.now(UTC)
    password_hash = BcryptPasswordHasher(rounds=4).hash(PASSWORD)
    for number in range(customers):
        customer = Customer(
            customer_id=_customer_id(number),
            email=f"c{number}@example.com",
            email_key=f"c{number}@example.com",
            password_hash=password_hash,
            created_at=now,
            updated_at=now,
        )
        record = AuditRecord(
            record_id=str(uuid4()),
            customer_id=customer.customer_id,
            actor_id=customer.customer_id,
            operation_name="add_customer",
            status_code=200,
            message="Added.",
            at=now,
        )
        repository.add(customer, record)
    container.storage().close()


def _work(pipe: Connection, environ: Mapping[str, str], customers: int) -> None:
    container = make_container(Settings.demo_from_environ(environ))
    # Each thread hashes by itself: the lane would refuse some of eight logins at a time.
    container.hashing_lane.override(MemoryHashingLane())
    if environ["CUSTOMER_STORAGE"] == "memory":
        _fill(container, customers)
    services = container.services()
    pipe.send("ready")
    while (order := pipe.recv()) is not None:
        operation, threads = order
        numbers = random.choices(range(customers), k=A_ROUND)
        ids = [_customer_id(number) for number in numbers]
        pipe.send(_measured(OPERATIONS[operation](services, ids), threads))


def _measured(jobs: list[Job], threads: int) -> Outcome:
    def timed(job: Job) -> float:
        begin = time.perf_counter()
        job()
        return time.perf_counter() - begin

    with ThreadPoolExecutor(threads) as pool:
        start, cpu = time.perf_counter(), time.process_time()
        times = [*pool.map(timed, jobs)]
        return Outcome(time.perf_counter() - start, time.process_time() - cpu, times)


def _login(services: Services, customer_id: str) -> str:
    return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id


def _logins(services: Services, ids: list[str]) -> list[Job]:
    return [partial(_login, services, customer_id) for customer_id in ids]


def _logouts(services: Services, ids: list[str]) -> list[Job]:
    # One for each customer: a second login may end the session of the first.
    opened = [_login(services, customer_id) for customer_id in set(ids)]
    return [partial(services.sessions.logout, context_id) for context_id in opened]


def _registrations(services: Services, ids: list[str]) -> list[Job]:
    return [
        partial(services.customers.add_customer, email=f"{uuid4()}@example.com", password=PASSWORD)
        for _ in ids
    ]


OPERATIONS: Final[Mapping[str, Callable[[Services, list[str]], list[Job]]]] = {
    "login": _logins,
    "logout": _logouts,
    "registration": _registrations,
}
"""The jobs of a round, prepared outside of its time."""
