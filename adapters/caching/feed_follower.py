"""Follows the session change feed, so that the cache may use answers for longer."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

from ...domain.errors import CheckerUnavailableError, CustomerServiceError, InvalidInputError
from ...domain.session_feed import SessionChange
from ...ports.session_feed import SessionFeed
from ..runtime import uniform

LOGGER: Final = logging.getLogger("cybershop_customer.feed")

SETTLED_AFTER: Final = 1.0
"""Seconds after which every read sees a change that is in the feed. The feed may show a change a
moment earlier: a query can see one item of a transaction before the others (Amazon DynamoDB
Developer Guide, "Transaction isolation levels": read-committed)."""

_MAX_PAGES: Final = 100
_LONGEST_PAUSE: Final = 5.0
"""Seconds between two polls while the feed cannot be read."""


class FeedFollower:
    """Notes which customers changed, and when the feed was last read. Each process has its own.

    Args:
        feed: the feed to follow.
        max_lag: seconds for which a completed read of the feed counts.
        max_use: the greatest age of an answer in use, in seconds. The follower keeps each change
            for that long.
        interval: seconds between two polls by the follower's thread. With None there is no
            thread, and the caller must call ``poll``.
        monotonic: the time in seconds.
        longest_wait: seconds that ``poll`` waits for a poll of another thread.
        uniform: returns a random number between two. It varies the pauses.
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
        self._feed = feed
        self._max_lag = max_lag
        self._max_use = max_use
        self._interval = interval
        self._monotonic = monotonic
        self._longest_wait = longest_wait
        self._uniform = uniform
        self._polling = Lock()
        self._cursor: str | None = None
        self._round_began: float | None = None
        self._followed_since = float("inf")
        self._read_at = float("-inf")
        self._last_round: set[str] = set()
        self._this_round: set[str] = set()
        self._changed_at: OrderedDict[str, float] = OrderedDict()
        self._starting = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def covers(self, began: float, now: float) -> bool:
        """Whether the follower knows every change since ``began``.

        It may miss changes of the last ``max_lag`` seconds.
        """
        return now - self._read_at < self._max_lag and began >= self._followed_since

    def changed_since(self, customer_id: str, began: float) -> bool:
        """Whether this customer may have changed since ``began``."""
        changed_at = self._changed_at.get(customer_id)
        return changed_at is not None and began <= changed_at + SETTLED_AFTER

    def poll(self) -> None:
        """Read the feed once, up to its end.

        Raises:
            CustomerServiceError: the feed cannot be read now, or a poll of another thread takes
                longer than ``longest_wait``.
        """
        if not self._polling.acquire(timeout=self._longest_wait):
            raise CheckerUnavailableError
        try:
            self._poll()
        finally:
            self._polling.release()

    def _poll(self) -> None:
        # Take the time before the read, since the read may miss what happens during it. A round
        # that an error interrupted continues, and still counts from its own beginning.
        began = self._monotonic()
        if self._round_began is None:
            self._round_began = began
        try:
            for _ in range(_MAX_PAGES):
                if self._stopped.is_set():
                    return
                page = self._feed.read_changes(self._cursor)
                self._note(page.changes)
                if self._cursor is None:
                    # No page has earlier changes, so older answers are not covered.
                    self._followed_since = began
                self._cursor = page.cursor
                if page.complete:
                    self._read_at = self._round_began
                    self._end_round()
                    return
        except InvalidInputError:
            self._cursor = None
            self._end_round()
            raise

    def _end_round(self) -> None:
        # A change that this round did not repeat is never repeated later.
        self._last_round, self._this_round = self._this_round, set()
        self._round_began = None

    def _note(self, changes: tuple[SessionChange, ...]) -> None:
        # Take the time after the read: a check that began before now may have missed the change.
        now = self._monotonic()
        for change in changes:
            if change.position not in self._last_round:
                # Do not pop the entry first: other threads read it without a lock.
                self._changed_at[change.customer_id] = now
                self._changed_at.move_to_end(change.customer_id)
            self._this_round.add(change.position)
        for customer_id, changed_at in list(self._changed_at.items()):
            if now - changed_at <= self._max_use + SETTLED_AFTER:
                break
            del self._changed_at[customer_id]

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
        pause = interval
        following = True
        while True:
            try:
                self.poll()
            except Exception as error:
                # The thread must survive every error.
                if following:
                    known = isinstance(error, CustomerServiceError)
                    LOGGER.warning(
                        "the session change feed cannot be followed, so answers are used for"
                        " max_age only: %s",
                        error,
                        exc_info=None if known else error,
                    )
                following = False
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if not following:
                    LOGGER.warning("the session change feed is followed again")
                following = True
                pause = interval
            # A random pause, so that services do not poll at the same moment.
            if self._stopped.wait(pause * self._uniform(0.9, 1.1)):
                return
