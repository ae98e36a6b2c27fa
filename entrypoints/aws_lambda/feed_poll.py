"""Reads the session change feed within invocations."""

import logging
from collections.abc import Callable
from typing import Final

from ...adapters.caching.session_checker import CachingSessionChecker
from ...domain.errors import CustomerServiceError, InvalidInputError

LOGGER: Final = logging.getLogger("cybershop_customer.feed")

INTERVAL: Final = 1.0
"""Seconds between two reads: half of ``CachePolicy.max_lag``."""
_PAUSE_AFTER_FAILURE: Final = 10.0
"""Seconds until the next read after a failed one, which may have cost its whole time limit."""


class FeedPoll:
    """Reads the feed at the beginning of an invocation, unless it did so a moment ago.

    A thread could not follow the feed here. Lambda freezes the process between invocations, and
    the thread with it.
    """

    def __init__(self, checker: CachingSessionChecker, seconds: Callable[[], float]) -> None:
        self._checker = checker
        self._seconds = seconds
        self._due_at = float("-inf")
        self._failed = False

    def poll_if_due(self) -> None:
        """Read the feed if that is due. Without the feed, the cache uses ``max_age``."""
        now = self._seconds()
        if now < self._due_at:
            return
        self._due_at = now + INTERVAL
        try:
            self._poll()
        except CustomerServiceError as error:
            self._due_at = now + _PAUSE_AFTER_FAILURE
            if not self._failed:
                LOGGER.warning("the session change feed cannot be followed: %s", error)
            self._failed = True
        else:
            if self._failed:
                LOGGER.warning("the session change feed is followed again")
            self._failed = False

    def _poll(self) -> None:
        try:
            self._checker.poll()
        except InvalidInputError:
            # After an hour of frozen time the cursor is too old. The follower has dropped it.
            self._checker.poll()
