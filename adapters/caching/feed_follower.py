"""Follows the session change feed in a thread, so that the cache may use answers for longer."""

from collections.abc import Callable
from threading import Event, Lock, Thread

from ...domain.errors import CheckerUnavailableError, InvalidInputError
from ...ports.session_feed import SessionFeed
from ..runtime import uniform
from .followed_changes import LOGGER, MAX_PAGES, FollowedChanges


class FeedFollower(FollowedChanges):
    """Reads ``feed`` in a thread of its own. Each process has its own follower.

    FollowedChanges describes the other arguments.
    """

    def __init__(
        self,
        feed: SessionFeed,
        *,
        max_lag: float,
        max_use: float,
        interval: float | None,
        monotonic: Callable[[], float],
        longest_wait: float = 10.0,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        super().__init__(
            max_lag=max_lag,
            max_use=max_use,
            interval=interval,
            monotonic=monotonic,
            longest_wait=longest_wait,
            uniform=uniform,
        )
        self._feed = feed
        self._polling = Lock()
        self._starting = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def poll(self, max_read_age: float = 0.0) -> None:
        """Read the feed once, up to its end.

        Args:
            max_read_age: see ``SessionFeed.read_changes``.

        Raises:
            CustomerServiceError: the feed cannot be read now, or a poll of another thread takes
                longer than ``longest_wait``.
        """
        if not self._polling.acquire(timeout=self._longest_wait):
            raise CheckerUnavailableError
        try:
            self._poll(max_read_age)
        finally:
            self._polling.release()

    def _poll(self, max_read_age: float) -> None:
        began = self._begin_poll()
        try:
            for _ in range(MAX_PAGES):
                if self._stopped.is_set():
                    return
                page = self._feed.read_changes(self._cursor, max_read_age=max_read_age)
                if self._take_page(page, began):
                    return
        except InvalidInputError:
            self._begin_anew()
            raise

    def ensure_started(self) -> None:
        """Start the thread that polls, unless it runs already. This never waits."""
        if self._thread is not None or self._interval is None or self._stopped.is_set():
            return
        if not self._starting.acquire(blocking=False):
            # Another thread starts it now.
            return
        try:
            if self._thread is None:
                self._start(self._interval)
        finally:
            self._starting.release()

    def _start(self, interval: float) -> None:
        thread = Thread(target=self._run, args=(interval,), name="feed", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            # The process cannot start a thread now. The next check tries again.
            LOGGER.warning("the session change feed cannot be followed: %s", error)
            return
        self._thread = thread

    def stop(self) -> None:
        """Stop polling. Wait for a current poll to end, so that it opens no connection later."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(self._longest_wait)

    def _run(self, interval: float) -> None:
        failure: Exception | None
        while True:
            try:
                # As old as the time between two polls: others may have read the store.
                self.poll(interval)
            except Exception as error:  # noqa: BLE001 (the thread must survive every error)
                failure = error
            else:
                failure = None
            if self._stopped.wait(self._pause_after(failure, interval)):
                return
