"""Runs a blocking session checker without blocking the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import CheckerUnavailableError
from ...domain.session import Session
from ...ports.session_checker import SessionChecker

CachedCheck = Callable[..., Session | None]


class AsyncCheck:
    """Runs checks in its own threads, so that a slow check delays only other checks.

    A checker may have a method ``cached`` with the arguments of ``check_session``. That method
    returns at once, with None if it does not know the answer. The event loop calls it first, so
    that a cached answer needs no thread.

    If a request is cancelled while its check waits for a thread, the check is cancelled too. A
    check that has begun runs to its end.

    Args:
        checker: any SessionChecker.
        threads: how many checks may run at a time.
        time_limit: seconds that a request waits for its check, the wait for a thread included.
    """

    def __init__(self, checker: SessionChecker, *, threads: int, time_limit: float) -> None:
        self._checker = checker
        self._cached: CachedCheck | None = getattr(checker, "cached", None)
        # A forked child has no thread of its parent.
        self._threads = ProcessLocal(
            lambda: ThreadPoolExecutor(threads, thread_name_prefix="session-check")
        )
        self._time_limit = time_limit

    async def check_session(self, context_id: str | None, *, role: str | None) -> Session:
        """Like ``SessionChecker.check_session``.

        Raises:
            CheckerUnavailableError: also if the check exceeds the time limit.
        """
        if self._cached is not None:
            session = self._cached(context_id, role=role)
            if session is not None:
                return session
        check = partial(self._checker.check_session, context_id, role=role)
        # In a copy of the request's context, a tracer finds its span, and changes do not leak.
        in_context = partial(copy_context().run, check)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._time_limit):
                return await loop.run_in_executor(self._threads.get(), in_context)
        except TimeoutError as error:
            raise CheckerUnavailableError from error
