"""A file of SQLite answers and keeps whatever comes in as the store in memory does."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.builders.values import an_attempt
from support.consistency.sliding_window import later, try_charge
from support.doubles.random_source import CountingRandomSource
from support.races.processes import outcome
from support.stores.registry import open_store
from support.stores.stored_state import StoredState, read_state

from cybershop_customer import OPERATOR, Charge, LoginResult, RateLimit, Storage
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import ManualClock

FIELDS: Final = ("fname", "lname", "address1", "address2", "locale")
ANY_TEXT: Final = st.text(st.characters(codec=None, exclude_categories=[]), max_size=40)
IDS: Final = st.one_of(
    st.text("aAnNäßİ.-_~", min_size=1, max_size=8), st.text("anb'\"%;\0\\ ", max_size=6), ANY_TEXT
)
EMAILS: Final = st.one_of(
    st.emails(), st.builds("{}@shop.example".format, st.text("annAN\u0301\u0390.'", min_size=1))
)
PROFILE: Final = st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ANY_TEXT))
WINDOW: Final = timedelta(seconds=600)
GAPS: Final = st.one_of(
    st.just(timedelta(0)),
    # The clock of another process may be behind.
    st.timedeltas(timedelta(seconds=-30), WINDOW),
    st.sampled_from([WINDOW / 6, WINDOW / 2, WINDOW, timedelta(microseconds=1)]),
)


class Shop:
    """The service on one store, with the same time and the same randomness in every shop."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.clock = ManualClock()
        container = memory_container()
        container.storage.override(storage)
        container.clock.override(self.clock)
        container.random_source.override(CountingRandomSource())
        self.services: Services = container.services()

    def outcome(self, action: Callable[[Services], object]) -> object:
        """The answer of the service, or the class of its error."""
        self.clock.advance(seconds=1.000001)
        answer = outcome(lambda: action(self.services))
        return answer.session if isinstance(answer, LoginResult) else answer

    def state(self, customer_id: str) -> StoredState:
        state = read_state(self.storage, customer_id)
        # Each hash of a password has a salt of its own.
        customer = state.customer and replace(state.customer, password_hash="")
        return replace(state, customer=customer)


@contextmanager
def two_stores() -> Iterator[tuple[Storage, Storage]]:
    with ExitStack() as stack:
        yield (
            stack.enter_context(open_store("memory")),
            stack.enter_context(open_store("sqlite")),
        )


@settings(max_examples=30)
@given(customer_id=IDS, email=EMAILS, profile=PROFILE, changes=PROFILE)
@example("Zoe", "zoe@shop.example", {"fname": "\0", "lname": "\U0001f600\u2028"}, {"locale": ""})
@example("zoe", "ZOE@shop.example", {"fname": "\ud800"}, {"lname": "'; DROP TABLE customer; --"})
def test_any_input(
    customer_id: str, email: str, profile: dict[str, str], changes: dict[str, str]
) -> None:
    actions: list[Callable[[Services], Any]] = [
        lambda it: it.customers.add_customer(customer_id="zoe", email=None, password="a secret"),
        lambda it: it.customers.add_customer(
            customer_id=customer_id, email=email, password="a secret", **profile
        ),
        lambda it: it.customers.update_customer(customer_id, actor=OPERATOR, **changes),
        lambda it: it.sessions.login(customer_id=customer_id, password="a secret"),
        lambda it: it.sessions.login(email=email, password="a secret"),
        lambda it: it.sessions.login(customer_id=customer_id.swapcase(), password="a secret"),
        lambda it: it.sessions.end_sessions(customer_id, actor=OPERATOR),
        lambda it: it.customers.delete_customer(customer_id.upper(), actor=OPERATOR),
    ]
    with two_stores() as stores:
        memory, sqlite = map(Shop, stores)
        for number, action in enumerate(actions):
            assert repr(sqlite.outcome(action)) == repr(memory.outcome(action)), number
            for known in ("zoe", "-"):
                assert sqlite.state(known) == memory.state(known)


@settings(max_examples=30)
@given(
    limit=st.integers(1, 6),
    events=st.lists(st.tuples(GAPS, st.one_of(st.none(), st.none(), st.integers(0, 9)))),
)
def test_any_attempts(limit: int, events: list[tuple[timedelta, int | None]]) -> None:
    with two_stores() as stores:
        throttles = [store.login_throttle for store in stores]
        now = replace(an_attempt(), rate_limit=RateLimit(limit, WINDOW))
        charges: list[Charge] = []
        for gap, refunded in events:
            now = later(now, gap)
            if refunded is None:
                memory, sqlite = (try_charge(throttle, now) for throttle in throttles)
                assert sqlite == memory
                if isinstance(memory, Charge):
                    charges.append(memory)
            elif charges:
                charge = charges.pop(refunded % len(charges))
                for throttle in throttles:
                    throttle.refund(charge, now.at)
