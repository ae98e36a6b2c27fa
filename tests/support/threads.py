"""Several threads that begin at the same moment."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from cybershop_customer import CustomerServiceError

THREADS = 8


def race(actions: Iterable[Callable[[], object]]) -> list[object]:
    """What each action returned, or the library's error that it raised, in the order given."""
    together = list(actions)
    barrier = Barrier(len(together))

    def run(action: Callable[[], object]) -> object:
        barrier.wait(timeout=10)
        try:
            return action()
        except CustomerServiceError as error:
            return error

    with ThreadPoolExecutor(len(together)) as pool:
        return list(pool.map(run, together))


def kinds(outcomes: Iterable[object]) -> dict[type, int]:
    """How many outcomes there are of each type; an action without a result is of NoneType."""
    types = [type(outcome) for outcome in outcomes]
    return {kind: types.count(kind) for kind in types}
