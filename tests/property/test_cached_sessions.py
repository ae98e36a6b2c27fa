"""What a cache may say, in any order of events, beside a model that knows the truth.

The store, the services and the feed are the real ones; time, failures and the looks
at the feed are the machine's.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from support.coroutines.async_cache import async_caching
from support.stores.registry import open_store

from cybershop_customer import (
    ADMIN,
    OPERATOR,
    CheckerUnavailableError,
    ContextId,
    CustomerServiceError,
    Session,
    SessionChecker,
    SessionFeed,
    SessionFeedPage,
    SessionRefusedError,
)
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

IDS = st.sampled_from(["ann", "bob"])
PASSWORDS = ("first password", "second password")
POLICIES = st.sampled_from(
    [
        CachePolicy(max_age=5, max_lag=2),
        CachePolicy(max_age=0, refusal_max_age=0, max_lag=3),
        CachePolicy(max_age=1, followed_max_age=600, max_lag=2, stale_if_error=20),
        CachePolicy(max_age=10, max_lag=1, stale_if_error=60, max_entries=2),
    ]
)


@dataclass
class Line:
    """What lies between the cache and the service; it can be cut."""

    checker: SessionChecker
    feed: SessionFeed
    cut: bool = False

    def check_session(self, context_id: str | None, **asked: Any) -> Session:
        self._pass()
        return self.checker.check_session(context_id, **asked)

    def read_changes(
        self, cursor: str | None, *, max_read_age: float | None = None
    ) -> SessionFeedPage:
        self._pass()
        return self.feed.read_changes(cursor, max_read_age=max_read_age)

    def _pass(self) -> None:
        if self.cut:
            raise CheckerUnavailableError


@dataclass(frozen=True)
class Moment:
    """When something happened: by the clock, and in which order where the clock stood still."""

    seconds: float
    step: int


@dataclass
class Truth:
    """One session as it really is."""

    customer_id: str
    ended: Moment | None = None


@dataclass
class Roles:
    """A customer's roles, each with the moment from which they held, the newest last."""

    held: list[tuple[Moment, frozenset[str]]]

    def ended(self, roles: frozenset[str]) -> Moment | None:
        """When these ceased to be the roles; None for the present ones."""
        if self.held[-1][1] == roles:
            return None
        ends = (moment for moment, _ in self.held[1:])
        times = zip(ends, (held for _, held in self.held), strict=False)
        return [end for end, held in times if held == roles][-1]


class CachedSessions(RuleBasedStateMachine):
    """Every answer must be true, or have been true within the stated bound."""

    store: ClassVar = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()

    def teardown(self) -> None:
        self.opened.close()

    make_checker: ClassVar[Callable[..., Any]] = CachingSessionChecker

    @initialize(policy=POLICIES, followed=st.booleans())
    def open(self, policy: CachePolicy, *, followed: bool) -> None:
        self.clock = ManualClock()
        # Nothing expires here: what ends, somebody ended.
        environ = {"CUSTOMER_SESSION_IDLE_SECONDS": "2000000"}
        environ |= {"CUSTOMER_SESSION_MAX_SECONDS": "2000000", "CUSTOMER_MAX_SESSIONS": "2"}
        container = make_container(Settings.demo_from_environ(environ))
        container.clock.override(self.clock)
        container.storage.override(self.opened.enter_context(open_store(self.store)))
        self.services = container.services()
        self.line = Line(container.session_checker(), self.services.session_feed)
        line: Any = self.line
        self.policy, self.followed = policy, followed
        self.checker = self.make_checker(
            line,
            clock=self.clock,
            policy=policy,
            feed=line if followed else None,
            feed_interval=None,
            monotonic=self.clock.monotonic,
        )
        self.truths: dict[str, Truth] = {}
        self.steps = count()
        nobody = frozenset[str]()
        self.roles = {name: Roles([(self.now(), nobody)]) for name in ("ann", "bob")}
        self.passwords = dict.fromkeys(self.roles, 0)
        self.looks: list[Moment] = []
        for customer_id in self.roles:
            self._add(customer_id)

    def now(self) -> Moment:
        return Moment(self.clock.monotonic(), next(self.steps))

    @rule(customer_id=IDS)
    def log_in(self, customer_id: str) -> None:
        password = PASSWORDS[self.passwords[customer_id]]
        login = self.services.sessions.login(customer_id=customer_id, password=password)
        self.truths[login.context_id] = Truth(customer_id)
        live = self.services.sessions.list_sessions(customer_id, actor=OPERATOR)
        ids = {session.session_id for session in live}
        for context_id, truth in self.truths.items():
            # The oldest may have made room.
            if truth.customer_id == customer_id and self._id(context_id) not in ids:
                self._ended(truth)

    @precondition(lambda self: self._live())
    @rule(number=st.integers(0, 3))
    def log_out(self, number: int) -> None:
        live = self._live()
        context_id = live[number % len(live)]
        self.services.sessions.logout(context_id)
        self._ended(self.truths[context_id])

    @rule(customer_id=IDS, how=st.sampled_from(["end all", "new password", "delete"]))
    def end_all(self, customer_id: str, how: str) -> None:
        if how == "end all":
            self.services.sessions.end_sessions(customer_id, actor=OPERATOR)
        elif how == "new password":
            self.passwords[customer_id] ^= 1
            password = PASSWORDS[self.passwords[customer_id]]
            self.services.customers.update_customer(customer_id, actor=OPERATOR, password=password)
        else:
            self.services.customers.delete_customer(customer_id, actor=OPERATOR)
            self._add(customer_id)
            self.roles[customer_id].held.append((self.now(), frozenset()))
        for truth in self.truths.values():
            if truth.customer_id == customer_id:
                self._ended(truth)

    @rule(customer_id=IDS, granted=st.booleans())
    def change_role(self, customer_id: str, *, granted: bool) -> None:
        roles = self.services.roles
        change = roles.grant_role if granted else roles.revoke_role
        if change(customer_id, ADMIN, actor=OPERATOR):
            held = frozenset({ADMIN}) if granted else frozenset[str]()
            self.roles[customer_id].held.append((self.now(), held))

    @rule(seconds=st.sampled_from([0.25, 0.5, 1.0, 2.0, 5.0]))
    def let_a_moment_pass(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    @rule(seconds=st.sampled_from([30.0, 59.0, 61.0, 3700.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds=seconds)

    @rule(cut=st.booleans())
    def cut_or_mend(self, *, cut: bool) -> None:
        self.line.cut = cut

    @rule()
    def look_at_the_feed(self) -> None:
        try:
            self.checker.poll()
        except CustomerServiceError:
            # Out of reach, or left alone for too long.
            return
        if self.followed:
            self.looks.append(self.now())

    @rule()
    def check_all(self) -> None:
        for context_id, truth in self.truths.items():
            self._check(context_id, truth)

    def _check(self, context_id: str, truth: Truth) -> None:
        try:
            session = self.checker.check_session(context_id)
        except CheckerUnavailableError:
            assert self.line.cut
            return
        except SessionRefusedError:
            assert truth.ended is not None, "a live session was refused"
            return
        self._must_be_recent(truth.ended)
        self._must_be_recent(self.roles[truth.customer_id].ended(session.roles))

    def _must_be_recent(self, ended: Moment | None) -> None:
        """What is no longer true must have been so within the bound that the policy states."""
        if ended is None:
            return
        now, policy = self.now(), self.policy
        followed = bool(self.looks) and now.seconds - self.looks[-1].seconds < policy.max_lag
        bound = max(policy.max_age, policy.max_lag if followed else 0)
        if self.line.cut:
            bound = max(bound, policy.stale_if_error)
        age = now.seconds - ended.seconds
        assert age < bound, f"unseen for {age} seconds; {bound} is the bound"
        if self.looks and self.looks[0].step < ended.step:
            assert self.looks[-1].step < ended.step, "a later look at the feed had told of it"

    def _live(self) -> list[str]:
        return [it for it, truth in self.truths.items() if truth.ended is None]

    def _add(self, customer_id: str) -> None:
        self.passwords[customer_id] = 0
        self.services.customers.add_customer(
            customer_id=customer_id, email=f"{customer_id}@shop.example", password=PASSWORDS[0]
        )

    def _ended(self, truth: Truth) -> None:
        if truth.ended is None:
            truth.ended = self.now()

    @staticmethod
    def _id(context_id: str) -> str:
        return ContextId.parse(context_id).session_id


TestCachedSessions = CachedSessions.TestCase
TestCachedSessions.settings = settings(max_examples=200)


class CachedSessionsOnSQLite(CachedSessions):
    """The same on a file."""

    store = "sqlite"


TestCachedSessionsOnSQLite = CachedSessionsOnSQLite.TestCase
TestCachedSessionsOnSQLite.settings = settings(max_examples=10, stateful_step_count=30)


class AsyncCachedSessions(CachedSessions):
    """The same for the cache for asyncio."""

    make_checker = staticmethod(async_caching)


TestAsyncCachedSessions = AsyncCachedSessions.TestCase
TestAsyncCachedSessions.settings = settings(max_examples=100)
