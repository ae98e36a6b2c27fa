"""A value that a background thread fetches again and again, so that no request waits for it."""

from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Thread
from time import monotonic
from typing import Generic, TypeVar
from weakref import finalize

from ..call_failure import ATTEMPT_ERRORS, describe_error

T = TypeVar("T")


class RefreshFailedError(Exception):
    """The value could not be fetched. The text says why."""


class _State(Generic[T]):
    """What the thread and its callers share. ``condition`` guards it."""

    def __init__(self, fetch: Callable[[], T], interval: float) -> None:
        self.condition = Condition()
        self.fetch = fetch
        self.interval = interval
        self.value: T | None = None
        self.failure: str | None = None
        """Why the last fetch failed; None if it succeeded."""
        self.fetches = 0
        """How many fetches have ended."""
        self.wanted = False
        self.started = False
        self.closed = False

    def close(self) -> None:
        with self.condition:
            self.closed = True
            self.condition.notify_all()


class RefreshedValue(Generic[T]):
    """Keeps what ``fetch`` returns. A daemon thread calls it every ``interval`` seconds.

    The thread starts when the first caller needs the value. It ends with ``close``, or when this
    object is forgotten. A fetch that fails leaves the last value in place.

    Args:
        fetch: returns the value. It may take long and raise any of ``ATTEMPT_ERRORS``. It must not
            refer to this object.
        interval: seconds between two fetches.
        name: the name of the thread.
    """

    def __init__(self, fetch: Callable[[], T], *, interval: float, name: str) -> None:
        self._state = _State(fetch, interval)
        self._name = name
        # At exit a forked child would wait for a lock that it inherited.
        finalize(self, self._state.close).atexit = False

    def peek(self) -> T | None:
        """The last value, or None if there is none yet. Never waits."""
        return self._state.value

    def get(self, deadline: float) -> T:
        """The last value. Only if there is none yet, waits as ``fetch_now`` does."""
        value = self._state.value
        return self.fetch_now(deadline) if value is None else value

    def fetch_now(self, deadline: float) -> T:
        """Wait for the end of the next fetch, or of the current one, and return the value.

        Args:
            deadline: the moment of the monotonic clock at which the wait ends.

        Raises:
            RefreshFailedError: the fetch failed, or did not end before ``deadline``.
        """
        state = self._state
        with state.condition:
            fetches = state.fetches
            self._want()
            while state.fetches == fetches:
                seconds = deadline - monotonic()
                if seconds <= 0:
                    raise RefreshFailedError("it did not come in time")
                if state.closed:
                    raise RefreshFailedError("the client is closed")
                state.condition.wait(seconds)
            if state.value is None or state.failure is not None:
                raise RefreshFailedError(state.failure)
            return state.value

    def refresh_soon(self) -> None:
        """Let the thread fetch the value now. Does not wait for it."""
        with self._state.condition, suppress(RefreshFailedError):
            self._want()

    def close(self) -> None:
        """End the thread."""
        self._state.close()

    def _want(self) -> None:
        """Ask for a fetch, and start the thread if it is not running. The caller has the lock.

        Raises:
            RefreshFailedError: the system has no thread left, or the interpreter ends.
        """
        state = self._state
        state.wanted = True
        if not state.started and not state.closed:
            try:
                Thread(target=_refresh, args=(state,), name=self._name, daemon=True).start()
            except RuntimeError:
                raise RefreshFailedError("no thread could be started for it") from None
            state.started = True
        state.condition.notify_all()


def _refresh(state: _State[T]) -> None:
    """Fetch the value until it is closed. Runs in the thread."""
    while True:
        with state.condition:
            state.condition.wait_for(lambda: state.wanted or state.closed, state.interval)
            if state.closed:
                return
            state.wanted = False
        value, failure = None, None
        try:
            value = state.fetch()
        except ATTEMPT_ERRORS as error:
            failure = describe_error(error)
        except Exception as error:  # noqa: BLE001 (a provider of credentials may raise any)
            failure = type(error).__name__
        with state.condition:
            state.value = state.value if value is None else value
            state.failure = failure
            state.fetches += 1
            state.condition.notify_all()
