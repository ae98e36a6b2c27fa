"""Asks a checker, which blocks, without blocking the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import CheckerUnavailableError
from ...domain.session import Session
from ...ports.session_checker import SessionChecker

Look = Callable[..., Session | None]


class AsyncCheck:
    """Runs checks in threads of its own, so that slow ones hold up nothing but checks.

    Where the checker has a method ``cached``, which takes what ``check_session`` takes, returns
    at once, and says None if it would have to ask, the event loop asks that first: what is known
    already needs no thread.

    A request that is cancelled while its check waits for a thread takes the check with it. A check
    that has begun goes on to its own end.

    Args:
        checker: any SessionChecker.
        threads: how many checks may run at a time.
        time_limit: seconds that a request waits for its check, the wait for a thread included.
    """

    def __init__(self, checker: SessionChecker, *, threads: int, time_limit: float) -> None:
        self._checker = checker
        self._look: Look | None = getattr(checker, "cached", None)
        # No thread lives on in a forked child.
        self._threads = ProcessLocal(
            lambda: ThreadPoolExecutor(threads, thread_name_prefix="session-check")
        )
        self._time_limit = time_limit

    async def check_session(self, context_id: str | None, *, role: str | None) -> Session:
        """As ``SessionChecker.check_session``; past the time limit the checker is unavailable."""
        if self._look is not None:
            known = self._look(context_id, role=role)
            if known is not None:
                return known
        check = partial(self._checker.check_session, context_id, role=role)
        # In a copy of the request's context: a tracer finds its span, and nothing comes back.
        in_context = partial(copy_context().run, check)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._time_limit):
                return await loop.run_in_executor(self._threads.get(), in_context)
        except TimeoutError as error:
            raise CheckerUnavailableError from error
