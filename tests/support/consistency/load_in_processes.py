"""The mixed load from several processes on one file of SQLite."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from support.consistency.call_history import (
    CallHistory,
    ObservedCall,
    RecordingRandomSource,
    UniqueClock,
)
from support.consistency.load import Population, Worker

from cybershop_customer.adapters.memory.hashing_lane import MemoryHashingLane
from cybershop_customer.adapters.sqlite.database_file import DatabaseFile
from cybershop_customer.adapters.sqlite.storage import sqlite_storage
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

THREADS: Final = 2
END_SECONDS: Final = 120
_NUMBERS: Final = 1_000_000
"""Each process numbers its own customers from a multiple of it."""


def calls_of_processes(path: Path, processes: int, operations: int) -> Sequence[ObservedCall]:
    """Run the load in so many processes; return all calls."""
    context = get_context("spawn")
    calls: Any = context.Queue()
    barrier = context.Barrier(processes)
    started = [
        context.Process(target=_work, args=(path, number, operations, barrier, calls))
        for number in range(processes)
    ]
    for process in started:
        process.start()
    found = [call for _ in started for call in calls.get(timeout=END_SECONDS)]
    for process in started:
        process.join(END_SECONDS)
    return found


def _work(path: Path, number: int, operations: int, barrier: Any, calls: Any) -> None:
    clock, random_source = UniqueClock(), RecordingRandomSource()
    environ = {"CUSTOMER_MAX_SESSIONS": "100", "CUSTOMER_LOGIN_ATTEMPTS": "100"}
    container = make_container(Settings.demo_from_environ(environ))
    container.hashing_lane.override(MemoryHashingLane())
    container.storage.override(storage := sqlite_storage(DatabaseFile(path)))
    container.clock.override(clock)
    container.random_source.override(random_source)
    services = container.services()
    history = CallHistory(clock, random_source)
    # Every process contends for the same ids and addresses.
    population = Population(numbers=count((number + 1) * _NUMBERS))
    barrier.wait(END_SECONDS)
    with ThreadPoolExecutor(THREADS) as pool:
        workers = [
            Worker(services, history, population, number * THREADS + n) for n in range(THREADS)
        ]
        for finished in [pool.submit(worker.work, operations // THREADS) for worker in workers]:
            finished.result()
    storage.close()
    calls.put(history.calls)
