"""Calls the coroutines of an object as ordinary functions, so that one suite tests both kinds."""

import asyncio
import atexit
import inspect
from collections.abc import Callable, Coroutine
from functools import cache
from threading import Thread
from typing import Any, Self

TIMEOUT = 30
"""Seconds after which a call counts as hung."""

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class LoopThread:
    """An event loop in a thread of its own; calls may come from any thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(TIMEOUT)

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(TIMEOUT)
        self.loop.close()


@cache
def this_thread() -> Run:
    """Runs coroutines in the calling thread, all in one event loop. It is quicker."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return loop.run_until_complete


class Blocking:
    """``target``, whose methods run in an event loop and block until they have a result."""

    def __init__(self, target: Any, run: Run) -> None:
        self._target = target
        self._run = run

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            result = found(*args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        def blocking(*args: Any, **kwargs: Any) -> Any:
            result = self._run(call(*args, **kwargs))
            is_async = type(result).__name__.startswith("Async")
            return Blocking(result, self._run) if is_async else result

        return blocking

    def in_loop(self, function: Callable[[Any], Any]) -> Any:
        """What ``function`` makes of the target, in the event loop."""

        async def call() -> Any:
            return function(self._target)

        return self._run(call())

    def close(self) -> None:
        self._run(self._target.aclose())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return repr(self._target)


@cache
def _loop_thread() -> LoopThread:
    thread = LoopThread()
    atexit.register(thread.close)
    return thread


def in_loop_thread(target: Any) -> Any:
    """``target`` in the loop of another thread, so that any thread may call it."""
    return Blocking(target, _loop_thread().run)


def in_this_thread(target: Any) -> Any:
    """``target`` in the loop of the calling thread."""
    return Blocking(target, this_thread())


def as_coroutine(function: Callable[..., Any]) -> Callable[..., Any]:
    """A coroutine function that calls ``function`` in a thread, so that it may block."""

    async def call(*args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(function, *args, **kwargs)

    return call
