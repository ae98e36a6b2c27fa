"""Session checks and probes go before other requests, and one thread is kept free for them."""

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event, Semaphore

import pytest

from cybershop_customer.entrypoints.http.precedence import goes_first
from cybershop_customer.entrypoints.http.serving.request_queue import FIRST_IN_A_ROW, RequestQueue
from cybershop_customer.entrypoints.http.serving.worker_threads import WorkerThreads

BASE = "/api/v1/customer"
CHECK = f"{BASE}/session"
LOGIN = f"{BASE}/login"
SECONDS = 30


@dataclass
class ARequest:
    path: str


class Task:
    """A connection with one request, which takes until the test releases it."""

    def __init__(self, path: str, begun: Semaphore | None = None) -> None:
        self.requests = [ARequest(path)]
        self.begun, self.released = Event(), Event()
        self.cancelled = False
        self._count_begun = begun or Semaphore()

    def service(self) -> None:
        self.begun.set()
        self._count_begun.release()
        assert self.released.wait(SECONDS)

    def cancel(self) -> None:
        self.cancelled = True


class Failing(Task):
    def service(self) -> None:
        raise ValueError("the request fails")


@pytest.mark.parametrize(
    "path",
    [
        CHECK,
        f"{CHECK}/",
        f"{CHECK}/authorize",
        f"{CHECK}/authorize/orders/7",
        f"{CHECK}/introspect",
        "/livez",
        "/readyz",
        f"{BASE}/health",
        f"{BASE}/readiness/",
    ],
)
def test_checks_and_probes_go_first(path: str) -> None:
    assert goes_first(path)


@pytest.mark.parametrize(
    "path", ["", "/", LOGIN, BASE, f"{BASE}/", f"{BASE}/zoe", f"{CHECK}/feed", f"{BASE}/sessions"]
)
def test_other_requests_do_not(path: str) -> None:
    assert not goes_first(path)


def paths(queue: RequestQueue, *, only_first: bool = False) -> Iterator[str]:
    while (taken := queue.take(only_first=only_first)) is not None:
        yield taken.task.requests[0].path


def a_queue(*waiting: str) -> RequestQueue:
    queue = RequestQueue(goes_first)
    for path in waiting:
        queue.append(Task(path))
    return queue


def test_each_kind_keeps_its_order() -> None:
    queue = a_queue(LOGIN, CHECK, BASE, "/livez")

    assert len(queue) == 4
    assert list(paths(queue)) == [CHECK, "/livez", LOGIN, BASE]
    assert len(queue) == 0


def test_the_others_stay_if_only_the_first_may_be_taken() -> None:
    queue = a_queue(LOGIN, CHECK)

    assert list(paths(queue, only_first=True)) == [CHECK]
    assert list(paths(queue)) == [LOGIN]


def test_a_flood_of_checks_does_not_keep_the_others_waiting_for_ever() -> None:
    queue = a_queue(LOGIN, BASE, *[CHECK] * 100)

    order = list(paths(queue))

    assert order.index(LOGIN) == FIRST_IN_A_ROW
    assert order.index(BASE) == 2 * FIRST_IN_A_ROW + 1
    assert len(order) == 102


def test_a_server_that_stops_removes_every_task() -> None:
    queue = a_queue(LOGIN, CHECK)

    assert [queue.popleft().requests[0].path for _ in range(2)] == [CHECK, LOGIN]


@pytest.fixture
def workers() -> Iterator[WorkerThreads]:
    made = WorkerThreads(goes_first)
    yield made
    assert made.stop(SECONDS)


def test_one_thread_stays_free_for_checks(workers: WorkerThreads) -> None:
    workers.set_thread_count(3)
    begun = Semaphore(0)
    logins = [Task(LOGIN, begun) for _ in range(5)]
    for login in logins:
        workers.add_task(login)
    for _ in range(2):
        assert begun.acquire(timeout=SECONDS)

    check = Task(CHECK)
    workers.add_task(check)

    assert check.begun.wait(SECONDS)
    assert sum(login.begun.is_set() for login in logins) == 2
    for task in (*logins, check):
        task.released.set()
    for login in logins:
        assert login.begun.wait(SECONDS)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_small_server_uses_every_thread(workers: WorkerThreads, threads: int) -> None:
    workers.set_thread_count(threads)
    logins = [Task(LOGIN) for _ in range(threads)]
    for login in logins:
        workers.add_task(login)

    for login in logins:
        assert login.begun.wait(SECONDS)
        login.released.set()


def test_a_request_that_fails_frees_its_thread(workers: WorkerThreads) -> None:
    workers.logger = _Silent()
    workers.set_thread_count(3)
    for _ in range(5):
        workers.add_task(Failing(LOGIN))

    login = Task(LOGIN)
    workers.add_task(login)

    assert login.begun.wait(SECONDS)
    login.released.set()


class _Silent:
    def exception(self, *_: object) -> None:
        pass
