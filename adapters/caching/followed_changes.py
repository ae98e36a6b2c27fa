"""What is known from the session change feed, whether a thread or a task reads it."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...domain.errors import CustomerServiceError
from ...domain.session_feed import SessionChange, SessionFeedPage
from ..runtime import uniform

LOGGER: Final = logging.getLogger("cybershop_customer.feed")

SETTLED_AFTER: Final = 1.0
"""Seconds after which every read sees a change that is in the feed. The feed may show a change a
moment earlier: a query can see one item of a transaction before the others (Amazon DynamoDB
Developer Guide, "Transaction isolation levels": read-committed)."""

MAX_PAGES: Final = 100
"""The most pages of one poll."""

MAX_CHANGED: Final = 100_000
"""The most customers whose change is remembered, about 20 MB. If there are more, the oldest answers
are used for ``max_age`` only."""

_MAX_POSITIONS: Final = 10_000
"""How many positions are remembered. Another process of the service repeats some, and an older
version of it repeats those of a minute."""
_LONGEST_PAUSE: Final = 5.0
"""Seconds between two polls while the feed cannot be read."""


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """How a follower has read the feed since it was made."""

    rounds: int
    """Reads of the feed up to its end."""
    failures: int
    """Polls of the follower's own thread or task that failed."""
    lag: float | None
    """Seconds since the last complete round began: so old may a missed change be. None before the
    first one."""


class FollowedChanges:
    """Notes which customers changed, and when the feed was last read.

    It reads nothing itself: the followers with a thread and with a task extend it.

    Args:
        max_lag: seconds for which a completed read of the feed counts.
        max_use: the greatest age of an answer in use, in seconds. Each change is kept for that
            long.
        interval: seconds between two polls by the follower itself. With None the caller must poll.
        monotonic: the time in seconds.
        longest_wait: seconds that a poll waits for another poll.
        uniform: returns a random number between two. It varies the pauses.
    """

    def __init__(
        self,
        *,
        max_lag: float,
        max_use: float,
        interval: float | None,
        monotonic: Callable[[], float],
        longest_wait: float = 10.0,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        self._max_lag = max_lag
        self._max_use = max_use
        self._interval = interval
        self._monotonic = monotonic
        self._longest_wait = longest_wait
        self._uniform = uniform
        self._cursor: str | None = None
        self._round_began: float | None = None
        self._followed_since = float("inf")
        self._read_at = float("-inf")
        self._round_age = 0.0
        self._positions: OrderedDict[str, None] = OrderedDict()
        self._changed_at: OrderedDict[str, float] = OrderedDict()
        self._following = True
        self._pause = 0.0
        self._rounds = self._failures = 0

    def info(self) -> FeedInfo:
        """How the feed was read up to now."""
        read_at = self._read_at
        lag = None if read_at == float("-inf") else self._monotonic() - read_at
        return FeedInfo(self._rounds, self._failures, lag)

    def covers(self, began: float, now: float) -> bool:
        """Whether the follower knows every change since ``began``.

        It may miss changes of the last ``max_lag`` seconds.
        """
        return now - self._read_at < self._max_lag and began >= self._followed_since

    def changed_since(self, customer_id: str, began: float) -> bool:
        """Whether this customer may have changed since ``began``."""
        changed_at = self._changed_at.get(customer_id)
        return changed_at is not None and began <= changed_at + SETTLED_AFTER

    def _begin_poll(self) -> float:
        """Note that a poll begins. Returns the time of that.

        Take the time before the read, since the read may miss what happens during it. A round that
        an error interrupted continues, and still counts from its own beginning.
        """
        began = self._monotonic()
        if self._round_began is None:
            self._round_began = began
        return began

    def _take_page(self, page: SessionFeedPage, began: float) -> bool:
        """Note a page of a poll that began at this time. Returns whether it ends the round."""
        self._note(page.changes)
        if self._cursor is None:
            # No page has earlier changes, so older answers are not covered.
            self._followed_since = began
        self._cursor = page.cursor
        self._round_age = max(self._round_age, page.read_age)
        if page.complete and self._round_began is not None:
            # A read that was made for another follower began up to so long before this round.
            self._read_at = self._round_began - self._round_age
            self._rounds += 1
            self._end_round()
        return page.complete

    def _begin_anew(self) -> None:
        """Forget the cursor, which the feed refuses."""
        self._cursor = None
        self._end_round()

    def _end_round(self) -> None:
        self._round_began = None
        self._round_age = 0.0

    def _note(self, changes: tuple[SessionChange, ...]) -> None:
        # Take the time after the read: a check that began before now may have missed the change.
        now = self._monotonic()
        for change in changes:
            if change.position in self._positions:
                continue
            self._positions[change.position] = None
            # Do not pop the entry first: other threads read it without a lock.
            self._changed_at[change.customer_id] = now
            self._changed_at.move_to_end(change.customer_id)
        while len(self._positions) > _MAX_POSITIONS:
            self._positions.popitem(last=False)
        self._forget_old(now)

    def _forget_old(self, now: float) -> None:
        """Forget the changes older than every usable answer, and those beyond the limit."""
        changed = self._changed_at
        while changed:
            customer_id, changed_at = next(iter(changed.items()))
            if now - changed_at <= self._max_use + SETTLED_AFTER:
                if len(changed) <= MAX_CHANGED:
                    return
                # The follower no longer knows who changed before that.
                since = changed_at + SETTLED_AFTER
                self._followed_since = max(self._followed_since, since)
            del changed[customer_id]

    def _pause_after(self, error: Exception | None, interval: float) -> float:
        """Log how a poll went. Returns the seconds until the next poll.

        The pause is random, so that services do not poll at the same moment.
        """
        if error is None:
            if not self._following:
                LOGGER.warning("the session change feed is followed again")
            self._pause = interval
        else:
            self._failures += 1
            if self._following:
                known = isinstance(error, CustomerServiceError)
                LOGGER.warning(
                    "the session change feed cannot be followed, so answers are used for"
                    " max_age only: %s",
                    error,
                    exc_info=None if known else error,
                )
            self._pause = min(2 * (self._pause or interval), _LONGEST_PAUSE)
        self._following = error is None
        return self._pause * self._uniform(0.9, 1.1)
