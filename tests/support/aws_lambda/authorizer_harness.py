"""A Lambda authorizer whose clocks, store and feed a test controls."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from support.services.cache_harness import FakeSessionChangeLog, FakeSource

from cybershop_customer import ContextId, Session, SessionChange, SessionFeedService
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.system.elapsed_time import ElapsedTime
from cybershop_customer.domain.audit import rfc3339
from cybershop_customer.entrypoints.aws_lambda.authorizer import LambdaAuthorizer
from cybershop_customer.entrypoints.testkit.clock import ManualClock

Answer = dict[str, Any]


class ManualClocks:
    """The two clocks of an execution environment, in seconds."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.steady = 1000.0
        self.wall = clock.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Let the environment run."""
        self.steady += seconds
        self._pass(seconds)
        self.wall += seconds

    def freeze(self, seconds: float, *, steady: bool = False, wall: bool = True) -> None:
        """Freeze the environment. Say which of its clocks run meanwhile."""
        self._pass(seconds)
        self.steady += seconds if steady else 0
        self.wall += seconds if wall else 0

    def _pass(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)


class AuthorizerHarness:
    """The authorizer in front of a fake source of sessions."""

    def __init__(self, *, follow_feed: bool = False, role: str | None = None) -> None:
        self.clock = ManualClock()
        self.clocks = ManualClocks(self.clock)
        self.source = FakeSource(self.clock)
        self.changes = FakeSessionChangeLog()
        elapsed = ElapsedTime(monotonic=lambda: self.clocks.steady, wall=lambda: self.clocks.wall)
        feed = SessionFeedService(session_changes=self.changes, clock=self.clock)
        checker = CachingSessionChecker(
            self.source,
            clock=self.clock,
            policy=CachePolicy(),
            feed=feed if follow_feed else None,
            feed_interval=None,
            monotonic=elapsed.seconds,
        )
        self.authorizer = LambdaAuthorizer(
            checker, role=role, elapsed=elapsed, follow_feed=follow_feed
        )

    def open_session(self, *roles: str, customer_id: str = "zoe") -> str:
        """Open a session, and return its ``context_id``."""
        claimed = ContextId.new(customer_id, len(self.source.sessions).to_bytes(32, "big"))
        now = self.clock.now()
        self.source.sessions[claimed.secret] = Session(
            claimed.session_id, customer_id, frozenset(roles), now, now + timedelta(hours=12)
        )
        return claimed.secret

    def end_session(self, context_id: str) -> None:
        """Log out, and publish that."""
        self.source.revoked.add(context_id)
        position = f"{rfc3339(self.clock.now())}~{len(self.changes.stored)}"
        customer_id = ContextId.parse(context_id).customer_id
        self.changes.stored.append(SessionChange(position, customer_id))

    def call(self, make_event: Callable[..., Answer], context_id: str | None) -> Answer:
        """Invoke the authorizer."""
        header = None if context_id is None else f"Bearer {context_id}"
        return self.authorizer(make_event(header))


def passes(answer: Answer) -> bool:
    """Whether API Gateway lets the request pass."""
    if "isAuthorized" in answer:
        return answer["isAuthorized"] is True
    (statement,) = answer["policyDocument"]["Statement"]
    return statement["Effect"] == "Allow"


def is_refused(harness: AuthorizerHarness, event: Answer) -> bool:
    """Whether the client gets a 401 or a 403, and no 500."""
    try:
        return not passes(harness.authorizer(event))
    except Exception as error:  # noqa: BLE001
        return type(error) is Exception and str(error) == "Unauthorized"
