"""Runs any session checker without blocking the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any

from ...adapters.forking.process_local import ProcessLocal
from ...domain.errors import CheckerUnavailableError
from ...domain.session import Session
from .checker_kind import AnyChecker, is_async

CachedCheck = Callable[..., Session | None]


class AsyncCheck:
    """Awaits an asynchronous checker, or runs a blocking one in its own threads.

    With threads, a slow check delays only other checks. A blocking checker may have a method
    ``cached`` with the arguments of ``check_session``. That method returns at once, with None if it
    does not know the answer. The event loop calls it first, so that a cached answer needs no
    thread.

    If a request is cancelled while its check waits for a thread, the check is cancelled too. A
    check in a thread that has begun runs to its end.

    Args:
        checker: any SessionChecker or AsyncSessionChecker.
        threads: how many checks of a blocking checker may run at a time.
        time_limit: seconds that a request waits for its check, the wait for a thread included.
    """

    def __init__(self, checker: AnyChecker, *, threads: int, time_limit: float) -> None:
        self._check: Callable[..., Any] = checker.check_session
        self._is_async = is_async(checker)
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
            TypeError: the checker returned no session.
        """
        if self._cached is not None:
            session = self._cached(context_id, role=role)
            if session is not None:
                return session
        check = partial(self._check, context_id, role=role)
        try:
            async with asyncio.timeout(self._time_limit):
                found = await (check() if self._is_async else self._in_thread(check))
        except TimeoutError as error:
            raise CheckerUnavailableError from error
        if not isinstance(found, Session):
            # A coroutine, for example, of a checker that hides that it is for asyncio.
            raise TypeError(f"check_session returned {type(found).__name__} instead of a session")
        return found

    async def _in_thread(self, check: Callable[[], object]) -> object:
        # In a copy of the request's context, a tracer finds its span, and changes do not leak.
        in_context = partial(copy_context().run, check)
        return await asyncio.get_running_loop().run_in_executor(self._threads.get(), in_context)
