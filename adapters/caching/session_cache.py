"""The cached answers and the pending checks of one process."""

from collections.abc import Callable

from ...domain.errors import CheckerUnavailableError, RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from .cache_rules import CacheRules
from .cached_answer import CachedAnswer
from .feed_follower import FeedFollower
from .pending_checks import PendingCheck, PendingChecks
from .policy import CachePolicy


class SessionCache(CacheRules[FeedFollower]):
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
        super().__init__(
            policy=policy,
            follower=follower,
            clock=clock,
            monotonic=monotonic,
            longest_wait=longest_wait,
        )
        self._source = source
        self._pending = PendingChecks(monotonic)

    def join_or_ask(self, claimed: ContextId, session_id: str) -> CachedAnswer:
        """The answer of the source. A pending check of the same session is joined.

        Raises:
            CheckerUnavailableError: the source cannot be reached, and the policy allows no cached
                answer.
        """
        self._misses += 1
        now = self._monotonic()
        pending, new = self._pending.join_or_start(
            session_id, lambda began: self._may_join(claimed, began, now)
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
        answer = self._get_stale(claimed)
        if answer is None:
            # Each waiting thread raises an error of its own, since a traceback belongs to one.
            raise CheckerUnavailableError(error.retry_after) from error
        return answer

    def _ask_source(self, pending: PendingCheck, claimed: ContextId, session_id: str) -> None:
        verdict: Session | RefusalReason
        try:
            verdict = self._source.check_session(claimed.secret)
        except SessionRefusedError as error:
            verdict = error.reason
        except CheckerUnavailableError as error:
            pending.error = error
            return
        pending.answer = self._store(claimed, session_id, pending.began, verdict)
