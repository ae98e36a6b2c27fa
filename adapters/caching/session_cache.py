"""The answers that one process remembers, and the checks that it has under way."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...domain.errors import CheckerUnavailableError, RefusalReason, SessionRefusedError
from ...domain.session import ContextId
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from .cached_answer import CachedAnswer
from .cached_answers import CachedAnswers
from .feed_follower import FeedFollower
from .pending_checks import PendingCheck, PendingChecks
from .policy import CachePolicy

LOGGER: Final = logging.getLogger("cybershop_customer.client")


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
    """CachedAnswers remembered now."""


class SessionCache:
    """The memory of one process; for the arguments, see CachingSessionChecker."""

    def __init__(
        self,
        source: SessionChecker,
        *,
        policy: CachePolicy,
        follower: FeedFollower | None,
        clock: Clock,
        monotonic: Callable[[], float],
        longest_wait: float,
    ) -> None:
        self.follower = follower
        self._source = source
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._longest_wait = longest_wait
        self._answers = CachedAnswers(policy.max_entries)
        self._pending = PendingChecks(monotonic)
        self._hits = self._misses = self._stale = 0

    def info(self) -> CacheInfo:
        """What it did so far."""
        return CacheInfo(self._hits, self._misses, self._stale, len(self._answers))

    def remembered(self, claimed: ContextId, session_id: str) -> CachedAnswer | None:
        """The answer in memory, if it may still be used."""
        if self.follower is not None:
            self.follower.attend()
        answer = self._answers.get(session_id)
        if answer is None:
            return None
        now = self._monotonic()
        age = now - answer.began
        if isinstance(answer.found, RefusalReason):
            usable = age < self._policy.refusal_max_age
        elif self.follower is None:
            # What most checks come to; the rest says the same.
            usable = age < self._policy.max_age and age < answer.max_age_allowed
        else:
            usable = age < answer.max_age_allowed and self._may_use(claimed, answer.began, now)
        if not usable:
            return None
        self._hits += 1
        return answer

    def _may_use(self, claimed: ContextId, began: float, now: float) -> bool:
        """Whether a check that began then says enough about now."""
        max_age = self._policy.max_age
        if self.follower is not None:
            # In this order: a look at the feed that ends in between notes before it covers.
            covered = self.follower.covers(began, now)
            if self.follower.changed_since(claimed.customer_id, began):
                return False
            if covered:
                max_age = max(max_age, self._policy.followed_max_age)
        return now - began < max_age

    def asked(self, claimed: ContextId, session_id: str) -> CachedAnswer:
        """The answer of the source, asked now or just before by somebody else.

        Raises:
            CheckerUnavailableError: the source cannot be reached, and no old answer will do.
        """
        self._misses += 1
        now = self._monotonic()
        # One that takes longer than it may is not waited for: it may never end.
        pending, new = self._pending.join_or_start(
            session_id,
            lambda began: now - began < self._longest_wait and self._may_use(claimed, began, now),
        )
        if new:
            try:
                self._ask_source(pending, claimed, session_id)
            finally:
                self._pending.finish(session_id, pending)
        else:
            pending.finished.wait(self._longest_wait)
        if pending.answer is not None:
            return pending.answer
        error = pending.error or CheckerUnavailableError()
        answer = self._last_resort(claimed, session_id)
        if answer is None:
            # Of the same kind for all who waited, but an error of each one's own.
            raise CheckerUnavailableError(error.retry_after) from error
        return answer

    def _ask_source(self, pending: PendingCheck, claimed: ContextId, session_id: str) -> None:
        try:
            session = self._source.check_session(claimed.secret)
        except SessionRefusedError as error:
            answer = CachedAnswer(pending.began, error.reason, float("inf"))
        except CheckerUnavailableError as error:
            pending.error = error
            return
        else:
            if (session.session_id, session.customer_id) != (session_id, claimed.customer_id):
                # This reply is about another session. It must not let this caller in.
                LOGGER.error("the source of session checks answered about another session")
                return
            # It has been issued, so the present is no earlier, whatever this clock says.
            present = max(self._clock.now(), session.issued_at)
            left = (session.expires_at - present).total_seconds()
            answer = CachedAnswer(pending.began, session, pending.began + left)
        pending.answer = answer
        self._answers.put(session_id, answer)

    def _last_resort(self, claimed: ContextId, session_id: str) -> CachedAnswer | None:
        """An old answer, where the policy says that it is better than none."""
        answer = self._answers.get(session_id)
        if answer is None:
            return None
        now = self._monotonic()
        changed = self.follower is not None and self.follower.changed_since(
            claimed.customer_id, answer.began
        )
        if changed or now - answer.began >= self._policy.stale_if_error or now >= answer.ends:
            return None
        self._stale += 1
        return answer
