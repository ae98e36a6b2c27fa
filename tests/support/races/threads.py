"""Runs actions in threads that start at the same moment."""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from cybershop_customer import CustomerServiceError

THREADS = 8


@contextmanager
def frequent_switches() -> Iterator[None]:
    """Switch threads as often as the interpreter can, so that a missing lock shows."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def race(actions: Iterable[Callable[[], object]]) -> list[object]:
    """The result of each action, or the library's error that it raised, in the given order."""
    together = list(actions)
    barrier = Barrier(len(together))

    def run(action: Callable[[], object]) -> object:
        barrier.wait(timeout=10)
        try:
            return action()
        except CustomerServiceError as error:
            return error

    with frequent_switches(), ThreadPoolExecutor(len(together)) as pool:
        return list(pool.map(run, together))


def count_by_type(outcomes: Iterable[object]) -> dict[type, int]:
    """The number of outcomes of each type; an action without a result has NoneType."""
    types = [type(outcome) for outcome in outcomes]
    return {kind: types.count(kind) for kind in types}
