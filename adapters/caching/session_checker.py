"""The session check from memory."""

from collections.abc import Callable
from typing import Self

from ...domain.errors import FieldFault, SettingsError
from ...domain.session import ContextId, Session
from ...ports.clock import Clock
from ...ports.session_checker import SessionChecker
from ...ports.session_feed import SessionFeed
from ..forking.process_local import ProcessLocal
from ..runtime import monotonic
from .feed_follower import FeedFollower
from .policy import CachePolicy
from .session_cache import CacheInfo, SessionCache

__all__ = ["CacheInfo", "CachingSessionChecker"]


class CachingSessionChecker(SessionChecker):
    """Remembers what ``source`` answers, for as long as ``policy`` says.

    It starts one thread if it has a feed, none otherwise. A forked child begins with nothing
    remembered, and follows the feed by a thread of its own; ``source`` and ``feed`` must stand a
    fork as well, as all those of this library do.

    Args:
        source: whom to ask what is not remembered.
        policy: how long answers are used; see there for how long a logout may go unseen.
        feed: the feed of ended sessions, unless None. The source must then see each change at
            once: an eventually consistent one would bring back what the feed made forgotten.
        feed_interval: seconds between two looks at the feed; None leaves ``poll`` to the caller.
        clock: by which sessions expire.
        monotonic: by which answers age, in seconds.
        longest_wait: seconds that a check waits for one that is under way already, and ``poll`` for
            another look; the time that the source may take, and a little more. After that the
            source counts as out of reach.
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
        monotonic: Callable[[], float] = monotonic,
        longest_wait: float = 10.0,
        close_source: Callable[[], object] = lambda: None,
    ) -> None:
        policy = policy or CachePolicy()
        # Pauses between two looks are longer by a tenth at the most.
        if feed is not None and feed_interval and 1.1 * feed_interval >= policy.max_lag:
            detail = f"must be more than {1.1 * feed_interval:g} seconds to follow a feed"
            raise SettingsError([FieldFault("max_lag", detail)])

        def follow(feed: SessionFeed) -> FeedFollower:
            follower = FeedFollower(
                feed,
                max_lag=policy.max_lag,
                remember=policy.max_use,
                interval=feed_interval,
                monotonic=monotonic,
                longest_wait=longest_wait,
            )
            if self._closed:
                follower.stop()
            return follower

        self._closed = False
        self._close_source = close_source
        self._cache = ProcessLocal(
            lambda: SessionCache(
                source,
                policy=policy,
                follower=None if feed is None else follow(feed),
                clock=clock,
                monotonic=monotonic,
                longest_wait=longest_wait,
            )
        )

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        claimed = ContextId.parse_pair(context_id, customer_id)
        session_id = claimed.session_id
        cache = self._cache.get()
        answer = cache.remembered(claimed, session_id) or cache.asked(claimed, session_id)
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
        claimed = ContextId.parse_pair(context_id, customer_id)
        answer = self._cache.get().remembered(claimed, claimed.session_id)
        return None if answer is None else answer.session(role)

    def poll(self) -> None:
        """Look at the feed once, where there is one and no thread does it.

        Raises:
            CustomerServiceError: it cannot be read now.
        """
        follower = self._cache.get().follower
        if follower is not None:
            follower.poll()

    def cache_info(self) -> CacheInfo:
        """How often memory was enough. The counts are close, not exact, under many threads."""
        return self._cache.get().info()

    def close(self) -> None:
        """Stop following the feed, and close what this process has open. Make no check after this.

        It waits for a look at the feed that is under way, for ``longest_wait`` at most.
        """
        self._closed = True
        cache = self._cache.peek()
        if cache is not None and cache.follower is not None:
            cache.follower.stop()
        self._close_source()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
