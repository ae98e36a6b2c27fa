"""Several requests at once."""

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
TIMES: Final = 10
T = TypeVar("T")

_TIMEOUT: Final = 60.0
"""Seconds after which something hangs."""


def _together(ask: Sequence[Callable[[], T]]) -> list[list[T]]:
    """The answers of each, who all begin at once and ask several times."""
    barrier = Barrier(len(ask))

    def run(one: Callable[[], T]) -> list[T]:
        barrier.wait(_TIMEOUT)
        return [one() for _ in range(TIMES)]

    with ThreadPoolExecutor(len(ask)) as pool:
        return list(pool.map(run, ask, timeout=_TIMEOUT))


class ThreadsContract(ContractBase):
    """A checker is shared by all threads of a service."""

    def test_each_thread_gets_its_own_answer(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        logins = [backend.open_session(f"customer-{n}", [f"role-{n}"]) for n in range(THREADS)]

        def asking(number: int) -> Callable[[], Session]:
            context_id, role = logins[number].context_id, f"role-{number}"
            return lambda: checker.check_session(context_id, role=role)

        answers = _together([asking(number) for number in range(THREADS)])

        assert answers == [[login.session] * TIMES for login in logins]

    def test_threads_that_ask_the_same_get_the_same(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        login = backend.open_session("ann")

        answers = _together([lambda: checker.check_session(login.context_id)] * THREADS)

        assert answers == [[login.session] * TIMES] * THREADS

    def test_the_refusal_of_one_is_no_refusal_of_another(
        self, checker: SessionChecker, backend: SessionBackend
    ) -> None:
        live, ended = backend.open_session("ann"), backend.open_session("ann")
        backend.end_session(ended.context_id)
        self.settle(backend)

        def ask_live() -> object:
            return checker.check_session(live.context_id).customer_id

        def ask_ended() -> object:
            return refusal(checker, ended.context_id)

        answers = _together([ask_live, ask_ended] * (THREADS // 2))

        expected: list[list[object]] = [["ann"] * TIMES, [RefusalReason.REVOKED] * TIMES]
        assert answers == expected * (THREADS // 2)
