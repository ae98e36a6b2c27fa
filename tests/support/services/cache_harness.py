"""A harness for a caching session checker: the test controls time, answers and outages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from threading import Event
from typing import Any

from support.coroutines.async_cache import async_caching

from cybershop_customer import (
    CheckerUnavailableError,
    ContextId,
    RefusalReason,
    Session,
    SessionChange,
    SessionChangeLog,
    SessionChecker,
    SessionFeedService,
    SessionRefusedError,
)
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.entrypoints.testkit.clock import ManualClock

WAIT_SECONDS = 30
"""How long a test waits for another thread before it fails."""


class FakeSource(SessionChecker):
    """The source behind the cache: answers from ``sessions``, and records each call."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.sessions: dict[str, Session] = {}
        self.revoked: set[str] = set()
        self.calls: list[str | None] = []
        self.error: Exception | None = None
        self.meanwhile: Callable[[], object] = lambda: None
        """Runs during each check, between its read and its answer."""

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        assert (customer_id, role) == (None, None), "the cache checks these itself"
        assert context_id is not None
        self.calls.append(context_id)
        if self.error is not None:
            raise self.error
        found = self._found(context_id)
        self.meanwhile()
        if isinstance(found, RefusalReason):
            raise SessionRefusedError(found)
        return found

    def _found(self, context_id: str) -> Session | RefusalReason:
        if context_id in self.revoked:
            return RefusalReason.REVOKED
        session = self.sessions.get(context_id)
        if session is None:
            return RefusalReason.UNKNOWN
        return RefusalReason.EXPIRED if session.expires_at <= self.clock.now() else session


class FakeSessionChangeLog(SessionChangeLog):
    """A session change feed in a list; with ``error`` it is unreachable."""

    def __init__(self) -> None:
        self.stored: list[SessionChange] = []
        self.reads = 0
        self.error: Exception | None = None

    def read(self, *, after: str, limit: int, part: int | None = None) -> tuple[SessionChange, ...]:
        del part
        self.reads += 1
        if self.error is not None:
            raise self.error
        found = sorted(
            (change for change in self.stored if change.position > after),
            key=lambda change: change.position,
        )
        return tuple(found[:limit])

    def count(self, *, first: str, last: str) -> tuple[int]:
        if self.error is not None:
            raise self.error
        return (sum(first <= change.position <= last for change in self.stored),)


CACHES: dict[str, Callable[..., Any]] = {
    "threads": CachingSessionChecker,
    "asyncio": async_caching,
}
"""The checkers with a cache, by the way in which they are called."""


class CacheHarness:
    """A fake source with sessions, and ``checker``, which caches the answers of the source."""

    way = "threads"
    """Which of the CACHES ``checker`` is. A fixture in tests/caching changes it."""

    def __init__(self, *, followed: bool = False, **policy: float) -> None:
        self.clock = ManualClock()
        self.source = FakeSource(self.clock)
        self.changes = FakeSessionChangeLog()
        self.policy = CachePolicy(**policy)  # type: ignore[arg-type]
        self.feed = SessionFeedService(session_changes=self.changes, clock=self.clock)
        self.checker = self.caching(
            self.source,
            clock=self.clock,
            policy=self.policy,
            feed=self.feed if followed else None,
            feed_interval=None,
            monotonic=self.clock.monotonic,
        )
        self._numbers = count(1)

    @property
    def caching(self) -> Callable[..., Any]:
        """Makes a checker with a cache."""
        return CACHES[self.way]

    @property
    def cache(self) -> Any:
        """The cache inside ``checker``."""
        if isinstance(self.checker, CachingSessionChecker):
            return self.checker._cache.get()
        return self.checker.in_loop(lambda checker: checker._local.get())

    def log_in(
        self, customer_id: str = "ann", *, roles: frozenset[str] = frozenset(), life: float = 1800
    ) -> str:
        """Open a session that lives for ``life`` seconds; return its ``context_id``."""
        context_id = ContextId.new(customer_id, next(self._numbers).to_bytes(32))
        now = self.clock.now()
        ends = now + timedelta(seconds=life)
        self.source.sessions[context_id.secret] = Session(
            context_id.session_id, customer_id, roles, now, ends
        )
        return context_id.secret

    def log_out(self, context_id: str) -> None:
        """End a session, and publish the change."""
        session = self.source.sessions.pop(context_id)
        self.source.revoked.add(context_id)
        self.publish_change(session.customer_id)

    def set_roles(self, context_id: str, *roles: str) -> None:
        """Change the roles, and publish the change."""
        session = self.source.sessions[context_id]
        self.source.sessions[context_id] = replace(session, roles=frozenset(roles))
        self.publish_change(session.customer_id)

    def publish_change(self, customer_id: str, *, seconds_ago: float = 0) -> None:
        """Publish a change that began ``seconds_ago``."""
        at = self.clock.now() - timedelta(seconds=seconds_ago)
        position = f"{rfc3339(at)}~{next(self._numbers):08}"
        self.changes.stored.append(SessionChange(position, customer_id))

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds=seconds)

    def is_live(self, context_id: str) -> bool:
        """Whether the cache accepts this session."""
        try:
            self.checker.check_session(context_id)
        except SessionRefusedError:
            return False
        return True

    def count_source_calls(self, action: Callable[[], object]) -> int:
        """How often ``action`` makes the cache call the source."""
        before = len(self.source.calls)
        action()
        return len(self.source.calls) - before

    def start_outage(self, retry_after: int = 1) -> None:
        """Make the source unreachable."""
        self.source.error = CheckerUnavailableError(retry_after)


def wait_for(event: Event) -> None:
    """Wait for another thread."""
    assert event.wait(WAIT_SECONDS), "the other thread did not set the event"
