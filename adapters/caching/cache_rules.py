"""The answers of one cache, and the rules by which it uses them, with threads and with asyncio."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from ...domain.errors import RefusalReason
from ...domain.session import ContextId, Session, presented_digest
from ...ports.clock import Clock
from .cached_answer import CachedAnswer
from .cached_answers import CachedAnswers
from .followed_changes import FeedInfo
from .policy import CachePolicy

LOGGER: Final = logging.getLogger("cybershop_customer.client")

_SHARE_OF_LIFE: Final = 0.1
"""The part of the life that a session had left in which an answer may be used, whatever the policy
says. Each use extends a session, but only a check that reaches the service counts as a use. With a
tenth, a session in use reaches the service in time, and it expires at most a fifth of its idle time
too early."""


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
    hit_seconds: float = 0.0
    """The sum of the ages of the answers at their hits."""
    feed: FeedInfo | None = None
    """How the feed was read; None without a feed."""


class Follower(Protocol):
    """What the cache asks its follower. Both followers have it."""

    def ensure_started(self) -> None:
        """Start to follow, unless that was done. This never waits."""
        ...

    def covers(self, began: float, now: float) -> bool:
        """As in FollowedChanges."""
        ...

    def changed_since(self, customer_id: str, began: float) -> bool:
        """As in FollowedChanges."""
        ...

    def info(self) -> FeedInfo:
        """As in FollowedChanges."""
        ...


FollowerT = TypeVar("FollowerT", bound=Follower)


class CacheRules(Generic[FollowerT]):
    """Says which answers may be used. It asks no source: the two caches extend it.

    CachingSessionChecker describes the arguments.
    """

    def __init__(
        self,
        *,
        policy: CachePolicy,
        follower: FollowerT | None,
        clock: Clock,
        monotonic: Callable[[], float],
        longest_wait: float,
    ) -> None:
        self.follower = follower
        self._policy = policy
        self._clock = clock
        self._monotonic = monotonic
        self._longest_wait = longest_wait
        self._answers = CachedAnswers(policy.max_entries)
        self._hits = self._misses = self._stale = 0
        self._hit_seconds = 0.0

    def info(self) -> CacheInfo:
        """The counts up to now."""
        return CacheInfo(
            self._hits,
            self._misses,
            self._stale,
            len(self._answers),
            self._hit_seconds,
            None if self.follower is None else self.follower.info(),
        )

    def get_fresh(self, context_id: object, customer_id: str | None) -> CachedAnswer | None:
        """The cached answer, or None if there is none that may still be used.

        Also None if ``context_id`` is malformed, or another customer's than ``customer_id``.
        """
        follower = self.follower
        if follower is not None:
            follower.ensure_started()
        digest = presented_digest(context_id)
        answer = None if digest is None else self._answers.get(digest)
        if answer is None or (customer_id is not None and customer_id != answer.customer_id):
            return None
        now = self._monotonic()
        if now >= answer.fresh_until:
            return None
        if (
            follower is not None
            and not isinstance(answer.verdict, RefusalReason)
            and not self._is_fresh(answer.customer_id, answer.began, now)
        ):
            return None
        self._hits += 1
        self._hit_seconds += now - answer.began
        return answer

    def _is_fresh(self, customer_id: str, began: float, now: float) -> bool:
        """Whether the policy allows the answer of a check that began at this time."""
        max_age = self._policy.max_age
        if self.follower is not None:
            # Keep this order. A read of the feed notes its changes before it counts as complete.
            covered = self.follower.covers(began, now)
            if self.follower.changed_since(customer_id, began):
                return False
            # Asked again: the follower may have forgotten the change between the two questions.
            if covered and self.follower.covers(began, now):
                max_age = max(max_age, self._policy.followed_max_age)
        return now - began < max_age

    def _may_join(self, claimed: ContextId, began: float, now: float) -> bool:
        """Whether a check may wait for the pending one that began at this time.

        A check that exceeds ``longest_wait`` is not joined, since it may never end.
        """
        return now - began < self._longest_wait and self._is_fresh(claimed.customer_id, began, now)

    def _store(
        self, claimed: ContextId, session_id: str, began: float, verdict: Session | RefusalReason
    ) -> CachedAnswer | None:
        """Store the verdict of the source. Returns None if it is about another session."""
        if isinstance(verdict, RefusalReason):
            expires_at, use = float("inf"), self._policy.refusal_max_age
        else:
            if (verdict.session_id, verdict.customer_id) != (session_id, claimed.customer_id):
                # This reply is about another session. It must not let this caller in.
                LOGGER.error("the source of session checks answered about another session")
                return None
            # The session was issued in the past, even if this machine's clock is behind.
            now = max(self._clock.now(), verdict.issued_at)
            remaining = (verdict.expires_at - now).total_seconds()
            expires_at, use = began + remaining, remaining * _SHARE_OF_LIFE
            if self.follower is None:
                use = min(use, self._policy.max_age)
        answer = CachedAnswer(claimed.customer_id, began, verdict, expires_at, began + use)
        self._answers.put(claimed.digest, answer)
        return answer

    def _get_stale(self, claimed: ContextId) -> CachedAnswer | None:
        """The cached answer if the policy allows it while the source is away, or None."""
        answer = self._answers.get(claimed.digest)
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
