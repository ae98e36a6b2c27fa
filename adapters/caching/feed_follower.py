"""Follows the feed of ended sessions, so that answers may be remembered longer than trusted."""

import logging
import os
from collections.abc import Callable
from random import uniform
from threading import Event, Lock, Thread
from typing import Final

from ...domain.errors import CustomerServiceError, InvalidInputError
from ...domain.session_feed import SessionChange
from ...ports.session_feed import SessionFeed

LOGGER: Final = logging.getLogger("cybershop_customer.feed")

_MAX_PAGES: Final = 100
_LONGEST_PAUSE: Final = 5.0


class FeedFollower:
    """Knows which customers changed, and how fresh that knowledge is.

    Args:
        feed: what to follow.
        max_lag: for how many seconds a look at the feed counts.
        remember: for how many seconds a change must be remembered: answers that are older are
            used by nobody.
        interval: seconds between two looks, which a thread takes that starts at the first use;
            None leaves it to the caller to ``poll``.
        monotonic: the time in seconds.
    """

    def __init__(
        self,
        feed: SessionFeed,
        *,
        max_lag: float,
        remember: float,
        interval: float | None,
        monotonic: Callable[[], float],
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        self._feed = feed
        self._max_lag = max_lag
        self._remember = remember
        self._interval = interval
        self._monotonic = monotonic
        self._uniform = uniform
        self._polling = Lock()
        self._cursor: str | None = None
        self._followed_since = float("inf")
        self._looked_at = float("-inf")
        self._seen: set[str] = set()
        self._changed_at: dict[str, float] = {}
        self._starting = Lock()
        self._stopped = Event()
        self._process: int | None = None

    def covers(self, began: float, now: float) -> bool:
        """Whether every change that an answer may have missed which began then is known by now.

        All but those of the last ``max_lag`` seconds, that is.
        """
        return now - self._looked_at < self._max_lag and began >= self._followed_since

    def changed_since(self, customer_id: str, began: float) -> bool:
        """Whether an answer about this customer may be wrong that began then."""
        changed_at = self._changed_at.get(customer_id)
        return changed_at is not None and began <= changed_at

    def poll(self) -> None:
        """Look at the feed once.

        Raises:
            CustomerServiceError: it cannot be read now.
        """
        with self._polling:
            self._poll()

    def _poll(self) -> None:
        # Before the read: what happens while it goes on may not be in it.
        began = self._monotonic()
        told: set[str] = set()
        try:
            for _ in range(_MAX_PAGES):
                page = self._feed.read_changes(self._cursor)
                self._note(page.changes)
                told.update(change.position for change in page.changes)
                if self._cursor is None:
                    # What happened before is in no page: older answers are not covered.
                    self._followed_since = began
                self._cursor = page.cursor
                if page.complete:
                    break
            else:
                # More comes in than can be read. The next look goes on from here.
                return
        except InvalidInputError:
            self._cursor = None
            raise
        self._looked_at = began
        # What this round did not tell, no later one will.
        self._seen = told

    def _note(self, changes: tuple[SessionChange, ...]) -> None:
        # After the read: an answer whose check began before now may not know of the change.
        now = self._monotonic()
        for change in changes:
            if change.position not in self._seen:
                self._seen.add(change.position)
                # Out and in again, so that the order is that of time.
                self._changed_at.pop(change.customer_id, None)
                self._changed_at[change.customer_id] = now
        for customer_id, changed_at in list(self._changed_at.items()):
            if now - changed_at <= self._remember:
                break
            del self._changed_at[customer_id]

    def attend(self) -> None:
        """See to it that somebody polls: a thread of this process, also after a fork."""
        if self._interval is None or self._process == os.getpid():
            return
        with self._starting:
            if self._process == os.getpid() or self._stopped.is_set():
                return
            self._process = os.getpid()
            Thread(target=self._run, args=(self._interval,), name="feed", daemon=True).start()

    def stop(self) -> None:
        """Look at the feed no more."""
        self._stopped.set()

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
