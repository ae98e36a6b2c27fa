"""Follows the feed of ended sessions, so that answers may be remembered longer than trusted."""

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
"""Seconds after which every read sees a change that the feed has told. The feed may be a moment
ahead: a query sees each item of a transaction as soon as that is committed (Amazon DynamoDB
Developer Guide, "Transaction isolation levels": read-committed)."""

_MAX_PAGES: Final = 100
_LONGEST_PAUSE: Final = 5.0


class FeedFollower:
    """Knows which customers changed, and how fresh that knowledge is. For one process.

    Args:
        feed: what to follow.
        max_lag: for how many seconds a look at the feed counts.
        remember: for how many seconds a change must be remembered: answers that are older are
            used by nobody.
        interval: seconds between two looks, which a thread takes that starts at the first use;
            None leaves it to the caller to ``poll``.
        monotonic: the time in seconds.
        longest_wait: seconds to wait for another look that is under way.
    """

    def __init__(
        self,
        feed: SessionFeed,
        *,
        max_lag: float,
        remember: float,
        interval: float | None,
        monotonic: Callable[[], float],
        longest_wait: float = 10.0,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        self._feed = feed
        self._max_lag = max_lag
        self._remember = remember
        self._interval = interval
        self._monotonic = monotonic
        self._longest_wait = longest_wait
        self._uniform = uniform
        self._polling = Lock()
        self._cursor: str | None = None
        self._round_began: float | None = None
        self._followed_since = float("inf")
        self._looked_at = float("-inf")
        self._seen: set[str] = set()
        self._told: set[str] = set()
        self._changed_at: OrderedDict[str, float] = OrderedDict()
        self._starting = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    def covers(self, began: float, now: float) -> bool:
        """Whether every change that an answer may have missed which began then is known by now.

        All but those of the last ``max_lag`` seconds, that is.
        """
        return now - self._looked_at < self._max_lag and began >= self._followed_since

    def changed_since(self, customer_id: str, began: float) -> bool:
        """Whether an answer about this customer may be wrong that began then."""
        changed_at = self._changed_at.get(customer_id)
        return changed_at is not None and began <= changed_at + SETTLED_AFTER

    def poll(self) -> None:
        """Look at the feed once.

        Raises:
            CustomerServiceError: it cannot be read now, or another look takes too long.
        """
        if not self._polling.acquire(timeout=self._longest_wait):
            raise CheckerUnavailableError
        try:
            self._poll()
        finally:
            self._polling.release()

    def _poll(self) -> None:
        # Before the read: what happens while it goes on may not be in it. A round that an error
        # broke off goes on from where it was, and knows what was stored before it began.
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
                    # What happened before is in no page: older answers are not covered.
                    self._followed_since = began
                self._cursor = page.cursor
                if page.complete:
                    self._looked_at = self._round_began
                    self._end_round()
                    return
        except InvalidInputError:
            self._cursor = None
            self._end_round()
            raise

    def _end_round(self) -> None:
        # What this round did not tell, no later one will.
        self._seen, self._told = self._told, set()
        self._round_began = None

    def _note(self, changes: tuple[SessionChange, ...]) -> None:
        # After the read: an answer whose check began before now may not know of the change.
        now = self._monotonic()
        for change in changes:
            if change.position not in self._seen:
                # At no moment is it missing: other threads look without a lock.
                self._changed_at[change.customer_id] = now
                self._changed_at.move_to_end(change.customer_id)
            self._told.add(change.position)
        for customer_id, changed_at in list(self._changed_at.items()):
            if now - changed_at <= self._remember + SETTLED_AFTER:
                break
            del self._changed_at[customer_id]

    def attend(self) -> None:
        """See to it that a thread polls. It never waits."""
        if self._thread is not None or self._interval is None or self._stopped.is_set():
            return
        if not self._starting.acquire(blocking=False):
            # Another thread is about to.
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
            # No more threads just now: the next check tries again.
            LOGGER.warning("the feed of ended sessions cannot be followed: %s", error)
            return
        self._thread = thread

    def stop(self) -> None:
        """Look at the feed no more; wait for a look under way, so that it opens nothing later."""
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
                # Whatever it is, following must go on.
                if following:
                    known = isinstance(error, CustomerServiceError)
                    LOGGER.warning(
                        "the feed of ended sessions cannot be followed, so answers are used for"
                        " max_age only: %s",
                        error,
                        exc_info=None if known else error,
                    )
                following = False
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                if not following:
                    LOGGER.warning("the feed of ended sessions is followed again")
                following = True
                pause = interval
            # Not all services at the same moment.
            if self._stopped.wait(pause * self._uniform(0.9, 1.1)):
                return
