"""The session check from memory."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from ...domain.errors import (
    CheckerUnavailableError,
    FieldFault,
    RefusalReason,
    SessionRefusedError,
    SettingsError,
)
from ...domain.session import ContextId, Session
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from ...ports.session_feed import SessionFeed
from .answer import Answer
from .answers import Answers
from .feed_follower import FeedFollower
from .flights import Flight, Flights
from .policy import CachePolicy


@dataclass(frozen=True, slots=True)
class CacheInfo:
    """What the cache did since it was made."""

    hits: int
    """Checks that were answered from memory."""
    misses: int
    """Checks that waited for the source."""
    stale: int
    """Checks that were answered from memory since the source could not be reached."""
    entries: int
    """Answers remembered now."""


class CachingSessionChecker(SessionChecker):
    """Remembers what ``source`` answers, for as long as ``policy`` says.

    Make it after a fork, not before. It starts one thread if it has a feed, none otherwise.

    Args:
        source: whom to ask what is not remembered.
        policy: how long answers are used; see there for how long a logout may go unseen.
        feed: the feed of ended sessions, unless None. The source must then see each change at
            once: an eventually consistent one would bring back what the feed made forgotten.
        feed_interval: seconds between two looks at the feed; None leaves ``poll`` to the caller.
        clock: by which sessions expire.
        monotonic: by which answers age, in seconds.
        close_source: called by ``close``, for what source and feed hold open.

    Raises:
        SettingsError: the policy's ``max_lag`` is too short for ``feed_interval``.
    """

    def __init__(
        self,
        source: SessionChecker,
        *,
        clock: Clock,
        policy: CachePolicy | None = None,
        feed: SessionFeed | None = None,
        feed_interval: float | None = 0.5,
        monotonic: Callable[[], float] = time.monotonic,
        close_source: Callable[[], object] = lambda: None,
    ) -> None:
        self._source = source
        self._policy = policy or CachePolicy()
        self._clock = clock
        self._monotonic = monotonic
        self._answers = Answers(self._policy.max_entries)
        self._flights = Flights(monotonic)
        self._follower = None
        if feed is not None:
            # Pauses between two looks are longer by a tenth at the most.
            if feed_interval is not None and 1.1 * feed_interval >= self._policy.max_lag:
                detail = f"must be more than {1.1 * feed_interval:g} seconds to follow a feed"
                raise SettingsError([FieldFault("max_lag", detail)])
            self._follower = FeedFollower(
                feed,
                max_lag=self._policy.max_lag,
                remember=self._policy.longest_use,
                interval=feed_interval,
                monotonic=monotonic,
            )
        self._close_source = close_source
        self._hits = self._misses = self._stale = 0

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        claimed = ContextId.parse_pair(context_id, customer_id)
        answer = self._remembered(claimed) or self._asked(claimed)
        return answer.session(role)

    def cached(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session | None:
        """What ``check_session`` would answer, if it need not ask; otherwise None.

        It never waits, so that an event loop may call it.

        Raises:
            SessionRefusedError: like ``check_session``.
            ForbiddenError: like ``check_session``.
        """
        answer = self._remembered(ContextId.parse_pair(context_id, customer_id))
        return None if answer is None else answer.session(role)

    def poll(self) -> None:
        """Look at the feed once, where there is one and no thread does it.

        Raises:
            CustomerServiceError: it cannot be read now.
        """
        if self._follower is not None:
            self._follower.poll()

    def cache_info(self) -> CacheInfo:
        """How often memory was enough. The counts are close, not exact, under many threads."""
        return CacheInfo(self._hits, self._misses, self._stale, len(self._answers))

    def close(self) -> None:
        """Stop following the feed, and close what is open. Make no check after this."""
        if self._follower is not None:
            self._follower.stop()
        self._close_source()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _remembered(self, claimed: ContextId) -> Answer | None:
        """The answer in memory, if it may still be used."""
        if self._follower is not None:
            self._follower.attend()
        answer = self._answers.get(claimed.session_id)
        if answer is None:
            return None
        now = self._monotonic()
        age = now - answer.began
        if isinstance(answer.found, RefusalReason):
            usable = age < self._policy.refusal_max_age
        else:
            usable = age < answer.longest_age and self._may_use(claimed, answer.began, now)
        if not usable:
            return None
        self._hits += 1
        return answer

    def _may_use(self, claimed: ContextId, began: float, now: float) -> bool:
        """Whether a check that began then says enough about now."""
        max_age = self._policy.max_age
        if self._follower is not None:
            # In this order: a look at the feed that ends in between notes before it covers.
            covered = self._follower.covers(began, now)
            if self._follower.changed_since(claimed.customer_id, began):
                return False
            if covered:
                max_age = max(max_age, self._policy.followed_max_age)
        return now - began < max_age

    def _asked(self, claimed: ContextId) -> Answer:
        """The answer of the source, asked now or just before by somebody else."""
        self._misses += 1
        now = self._monotonic()
        flight, new = self._flights.board(
            claimed.session_id, lambda began: self._may_use(claimed, began, now)
        )
        if new:
            try:
                self._fly(flight, claimed)
            finally:
                self._flights.land(claimed.session_id, flight)
        else:
            flight.landed.wait()
        if flight.answer is not None:
            return flight.answer
        error = flight.error or CheckerUnavailableError()
        answer = self._last_resort(claimed)
        if answer is None:
            # Of the same kind for all who waited, but an error of each one's own.
            raise CheckerUnavailableError(error.retry_after) from error
        return answer

    def _fly(self, flight: Flight, claimed: ContextId) -> None:
        try:
            session = self._source.check_session(claimed.secret)
        except SessionRefusedError as refusal:
            flight.answer = Answer(flight.began, refusal.reason, float("inf"))
        except CheckerUnavailableError as error:
            flight.error = error
            return
        else:
            # It has been issued, so the present is no earlier, whatever this clock says.
            present = max(self._clock.now(), session.issued_at)
            left = (session.expires_at - present).total_seconds()
            flight.answer = Answer(flight.began, session, flight.began + left)
        self._answers.put(claimed.session_id, flight.answer)

    def _last_resort(self, claimed: ContextId) -> Answer | None:
        """An old answer, where the policy says that it is better than none."""
        answer = self._answers.get(claimed.session_id)
        if answer is None:
            return None
        now = self._monotonic()
        changed = self._follower is not None and self._follower.changed_since(
            claimed.customer_id, answer.began
        )
        if changed or now - answer.began >= self._policy.stale_if_error or now >= answer.ends:
            return None
        self._stale += 1
        return answer
