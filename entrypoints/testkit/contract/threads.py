"""Checks by several threads at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final, TypeVar

from ....domain.errors import RefusalReason
from ....domain.session import Session
from ....ports.session_checker import SessionChecker
from ..session_backend import SessionBackend
from .base import ContractBase, refusal

THREADS: Final = 8
CHECKS: Final = 10
T = TypeVar("T")

_TIMEOUT: Final = 60.0
"""Seconds after which the test counts as hanging."""


def _run_together(checks: Sequence[Callable[[], T]]) -> list[list[T]]:
    """Run each check several times in its own thread. The threads begin at the same moment."""
    barrier = Barrier(len(checks))

    def run(check: Callable[[], T]) -> list[T]:
        barrier.wait(_TIMEOUT)
        return [check() for _ in range(CHECKS)]

    with ThreadPoolExecutor(len(checks)) as pool:
        return list(pool.map(run, checks, timeout=_TIMEOUT))


class ThreadsContract(ContractBase):
    """All threads of a service share one checker."""

    def test_each_thread_gets_its_own_answer(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        logins = [backend.open_session(f"customer-{n}", [f"role-{n}"]) for n in range(THREADS)]

        def check_of(number: int) -> Callable[[], Session]:
            context_id, role = logins[number].context_id, f"role-{number}"
            return lambda: checker.check_session(context_id, role=role)

        answers = _run_together([check_of(number) for number in range(THREADS)])

        assert answers == [[login.session] * CHECKS for login in logins]

    def test_threads_with_the_same_session_get_the_same_answer(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        answers = _run_together([lambda: checker.check_session(login.context_id)] * THREADS)

        assert answers == [[login.session] * CHECKS] * THREADS

    def test_a_refusal_in_one_thread_does_not_affect_another(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        live, ended = backend.open_session("ann"), backend.open_session("ann")
        backend.end_session(ended.context_id)
        self.settle(backend)

        def check_live() -> object:
            return checker.check_session(live.context_id).customer_id

        def check_ended() -> object:
            return refusal(checker, ended.context_id)

        answers = _run_together([check_live, check_ended] * (THREADS // 2))

        expected: list[list[object]] = [["ann"] * CHECKS, [RefusalReason.REVOKED] * CHECKS]
        assert answers == expected * (THREADS // 2)
