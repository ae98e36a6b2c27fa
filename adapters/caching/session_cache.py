"""The cached answers and the pending checks of one process."""

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
    """Counts since the cache was made."""

    hits: int
    """Checks that were answered from the cache."""
    misses: int
    """Checks that asked the source, or waited for a pending check."""
    stale: int
    """Misses that were answered from the cache because the source could not be reached."""
    entries: int
    """Answers that are in the cache now."""


class SessionCache:
    """The cache of one process. CachingSessionChecker describes the arguments."""

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
        """The counts up to now."""
        return CacheInfo(self._hits, self._misses, self._stale, len(self._answers))

    def get_fresh(self, claimed: ContextId, session_id: str) -> CachedAnswer | None:
        """The cached answer, or None if there is none that may still be used."""
        if self.follower is not None:
            self.follower.ensure_started()
        answer = self._answers.get(session_id)
        if answer is None:
            return None
        now = self._monotonic()
        age = now - answer.began
        if isinstance(answer.verdict, RefusalReason):
            fresh = age < self._policy.refusal_max_age
        elif self.follower is None:
            # The usual case, written out for speed. The last branch would give the same result.
            fresh = age < self._policy.max_age and age < answer.longest_age
        else:
            fresh = age < answer.longest_age and self._is_fresh(claimed, answer.began, now)
        if not fresh:
            return None
        self._hits += 1
        return answer

    def _is_fresh(self, claimed: ContextId, began: float, now: float) -> bool:
        """Whether the policy allows the answer of a check that began at this time."""
        max_age = self._policy.max_age
        if self.follower is not None:
            # Keep this order. A read of the feed notes its changes before it counts as complete.
            covered = self.follower.covers(began, now)
            if self.follower.changed_since(claimed.customer_id, began):
                return False
            if covered:
                max_age = max(max_age, self._policy.followed_max_age)
        return now - began < max_age

    def join_or_ask(self, claimed: ContextId, session_id: str) -> CachedAnswer:
        """The answer of the source. A pending check of the same session is joined.

        Raises:
            CheckerUnavailableError: the source cannot be reached, and the policy allows no cached
                answer.
        """
        self._misses += 1
        now = self._monotonic()
        # A check that exceeds ``longest_wait`` is not joined, since it may never end.
        pending, new = self._pending.join_or_start(
            session_id,
            lambda began: now - began < self._longest_wait and self._is_fresh(claimed, began, now),
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
        answer = self._get_stale(claimed, session_id)
        if answer is None:
            # Each waiting thread raises an error of its own, since a traceback belongs to one.
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
            # The session was issued in the past, even if this machine's clock is behind.
            now = max(self._clock.now(), session.issued_at)
            remaining = (session.expires_at - now).total_seconds()
            answer = CachedAnswer(pending.began, session, pending.began + remaining)
        pending.answer = answer
        self._answers.put(session_id, answer)

    def _get_stale(self, claimed: ContextId, session_id: str) -> CachedAnswer | None:
        """The cached answer if the policy allows it while the source is away, or None."""
        answer = self._answers.get(session_id)
        if answer is None:
            return None
        now = self._monotonic()
        changed = self.follower is not None and self.follower.changed_since(
            claimed.customer_id, answer.began
        )
        too_old = now - answer.began >= self._policy.stale_if_error
        if changed or too_old or now >= answer.expires_at:
            return None
        self._stale += 1
        return answer
