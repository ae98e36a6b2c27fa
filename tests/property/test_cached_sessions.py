"""What a cache may say, in any order of events, beside a model that knows the truth.

The store, the services and the feed are the real ones, in memory; time, failures and the looks
at the feed are the machine's.
"""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

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
from cybershop_customer.adapters.memory.clock import ManualClock
from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.settings import Settings

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

    def read_changes(self, cursor: str | None) -> SessionFeedPage:
        self._pass()
        return self.feed.read_changes(cursor)

    def _pass(self) -> None:
        if self.cut:
            raise CheckerUnavailableError


@dataclass
class Truth:
    """One session as it really is."""

    customer_id: str
    ended_at: float | None = None


@dataclass
class Roles:
    """A customer's roles, each with the time from which they held, the newest last."""

    held: list[tuple[float, frozenset[str]]] = field(default_factory=lambda: [(0.0, frozenset())])

    def since(self, roles: frozenset[str]) -> float:
        """Until when these were the roles; infinity for the present ones."""
        ends = [*(at for at, _ in self.held[1:]), float("inf")]
        return max(end for (_, held), end in zip(self.held, ends, strict=True) if held == roles)


class CachedSessions(RuleBasedStateMachine):
    """Every answer must be true, or have been true within the stated bound."""

    context_ids = Bundle("context_ids")

    @initialize(policy=POLICIES, followed=st.booleans())
    def open(self, policy: CachePolicy, *, followed: bool) -> None:
        self.clock = ManualClock()
        # Nothing expires here: what ends, somebody ended.
        environ = {"CUSTOMER_SESSION_IDLE_SECONDS": "2000000"}
        environ["CUSTOMER_SESSION_MAX_SECONDS"] = "2000000"
        container = make_container(Settings.demo_from_environ(environ))
        container.clock.override(self.clock)
        self.services = container.services()
        self.line = Line(container.session_checker(), self.services.session_feed)
        line: Any = self.line
        self.policy, self.followed = policy, followed
        self.checker = CachingSessionChecker(
            line,
            clock=self.clock,
            policy=policy,
            feed=line if followed else None,
            feed_interval=None,
            monotonic=self.clock.monotonic,
        )
        self.truths: dict[str, Truth] = {}
        self.roles = {"ann": Roles(), "bob": Roles()}
        self.passwords = dict.fromkeys(self.roles, 0)
        self.looks: list[float] = []
        for customer_id in self.roles:
            self._add(customer_id)

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    @rule(target=context_ids, customer_id=IDS)
    def log_in(self, customer_id: str) -> str:
        password = PASSWORDS[self.passwords[customer_id]]
        login = self.services.sessions.login(customer_id=customer_id, password=password)
        self.truths[login.context_id] = Truth(customer_id)
        live = self.services.sessions.list_sessions(customer_id, actor=OPERATOR)
        ids = {session.session_id for session in live}
        for context_id, truth in self.truths.items():
            # The oldest may have made room.
            if truth.customer_id == customer_id and self._id(context_id) not in ids:
                self._ended(truth)
        return login.context_id

    @rule(context_id=context_ids)
    def log_out(self, context_id: str) -> None:
        try:
            self.services.sessions.logout(context_id)
        except SessionRefusedError:
            assert self.truths[context_id].ended_at is not None
        self._ended(self.truths[context_id])

    @rule(customer_id=IDS)
    def end_all(self, customer_id: str) -> None:
        self.services.sessions.end_sessions(customer_id, actor=OPERATOR)
        self._all_ended(customer_id)

    @rule(customer_id=IDS)
    def change_password(self, customer_id: str) -> None:
        self.passwords[customer_id] ^= 1
        password = PASSWORDS[self.passwords[customer_id]]
        self.services.customers.update_customer(customer_id, actor=OPERATOR, password=password)
        self._all_ended(customer_id)

    @rule(customer_id=IDS)
    def delete_and_add_again(self, customer_id: str) -> None:
        self.services.customers.delete_customer(customer_id, actor=OPERATOR)
        self._all_ended(customer_id)
        self._add(customer_id)
        self.roles[customer_id].held.append((self.now, frozenset()))

    @rule(customer_id=IDS, granted=st.booleans())
    def change_role(self, customer_id: str, *, granted: bool) -> None:
        roles = self.services.roles
        change = roles.grant_role if granted else roles.revoke_role
        if change(customer_id, ADMIN, actor=OPERATOR):
            held = frozenset({ADMIN}) if granted else frozenset[str]()
            self.roles[customer_id].held.append((self.now, held))

    @rule(seconds=st.sampled_from([0.25, 0.5, 1.0, 2.0, 5.0, 59.0, 61.0, 3700.0]))
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
            self.looks.append(self.now)

    @rule(context_id=context_ids)
    def check(self, context_id: str) -> None:
        truth = self.truths[context_id]
        try:
            session = self.checker.check_session(context_id)
        except CheckerUnavailableError:
            assert self.line.cut
            return
        except SessionRefusedError:
            assert truth.ended_at is not None, "a live session was refused"
            return
        self._must_be_recent(truth.ended_at)
        ended = self.roles[truth.customer_id].since(session.roles)
        self._must_be_recent(None if ended == float("inf") else ended)

    def _must_be_recent(self, ended_at: float | None) -> None:
        """What is no longer true must have been so within the bound that the policy states."""
        if ended_at is None:
            return
        age, policy = self.now - ended_at, self.policy
        followed = bool(self.looks) and self.now - self.looks[-1] < policy.max_lag
        bound = max(policy.max_age, policy.max_lag if followed else 0)
        if self.line.cut:
            bound = max(bound, policy.stale_if_error)
        assert age < bound, f"unseen for {age} seconds; {bound} is the bound"
        if self.looks and self.looks[0] <= ended_at:
            assert ended_at >= self.looks[-1], "a later look at the feed had told of it"

    def _add(self, customer_id: str) -> None:
        self.passwords[customer_id] = 0
        self.services.customers.add_customer(
            customer_id=customer_id, email=f"{customer_id}@shop.example", password=PASSWORDS[0]
        )

    def _all_ended(self, customer_id: str) -> None:
        for truth in self.truths.values():
            if truth.customer_id == customer_id:
                self._ended(truth)

    def _ended(self, truth: Truth) -> None:
        if truth.ended_at is None:
            truth.ended_at = self.now

    @staticmethod
    def _id(context_id: str) -> str:
        return ContextId.parse(context_id).session_id


TestCachedSessions = CachedSessions.TestCase
