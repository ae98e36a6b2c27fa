"""The contract of the session check, on every adapter of the port.

Each adapter has one class with its fixture ``checker``, and with a fixture ``backend`` unless that
is the service in memory.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
from support.coroutines.blocking import in_loop_thread
from support.doubles.fake_session_backend import FakeSessionBackend
from support.doubles.lagging_checker import LaggingChecker
from support.stores.registry import open_store, store_params

from cybershop_customer import (
    CheckerUnavailableError,
    SessionChecker,
    SessionCheckService,
    SessionPolicy,
    SettingsError,
)
from cybershop_customer.adapters.async_http_client.session_checker import AsyncHttpSessionChecker
from cybershop_customer.adapters.caching.async_session_checker import AsyncCachingSessionChecker
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.direct.session_checker import DirectSessionChecker
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker
from cybershop_customer.entrypoints.session_checkers import dynamodb_session_checker
from cybershop_customer.entrypoints.testkit.http_server import served
from cybershop_customer.entrypoints.testkit.service_backend import ServiceBackend
from cybershop_customer.entrypoints.testkit.session_backend import SessionBackend
from cybershop_customer.entrypoints.testkit.session_checker_contract import SessionCheckerContract


class TestFake(SessionCheckerContract):
    @pytest.fixture
    def backend(self) -> FakeSessionBackend:
        return FakeSessionBackend()

    @pytest.fixture
    def checker(self, backend: FakeSessionBackend) -> SessionChecker:
        return backend.checker


class TestDirect(SessionCheckerContract):
    """The checker that asks the store in this process, on each store."""

    @pytest.fixture(params=store_params())
    def backend(self, request: pytest.FixtureRequest) -> Iterator[ServiceBackend]:
        with open_store(request.param, session_feed=False) as storage:
            yield ServiceBackend(storage)

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> SessionChecker:
        return backend.container.session_checker()


@pytest.mark.dynamodb_local
class TestDirectReadOnlyOnDynamoDBLocal(SessionCheckerContract):
    """In a process that may only read the customer service's table."""

    @pytest.fixture
    def backend(self) -> Iterator[ServiceBackend]:
        with open_store("dynamodb-local", session_feed=False) as storage:
            yield ServiceBackend(storage)

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> SessionChecker:
        session_check = SessionCheckService(
            sessions=backend.container.session_repository(),
            clock=backend.clock,
            policy=SessionPolicy(extends=False),
        )
        return DirectSessionChecker(session_check)


class TestCaching(SessionCheckerContract):
    """With the default policy. ``staleness`` allows its lag."""

    policy = CachePolicy()
    staleness = policy.max_age

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> SessionChecker:
        return CachingSessionChecker(
            backend.container.session_checker(),
            clock=backend.clock,
            monotonic=backend.clock.monotonic,
            policy=self.policy,
        )


class TestCachingNothing(TestCaching):
    policy = CachePolicy(max_age=0, refusal_max_age=0)
    staleness = 0


class TestFollowingTheFeed(SessionCheckerContract):
    """Answers are used for a minute, and each poll of the feed shows the changes."""

    policy = CachePolicy(max_age=0, refusal_max_age=0, followed_max_age=60, max_lag=2)
    staleness = policy.max_lag

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> SessionChecker:
        self.following = CachingSessionChecker(
            backend.container.session_checker(),
            clock=backend.clock,
            policy=self.policy,
            feed=backend.services.session_feed,
            feed_interval=None,
            monotonic=backend.clock.monotonic,
        )
        self.following.poll()
        return self.following

    def settle(self, backend: SessionBackend) -> None:
        # The poll is in the middle of the time.
        backend.advance(timedelta(seconds=self.staleness / 2))
        with suppress(CheckerUnavailableError):
            self.following.poll()
        backend.advance(timedelta(seconds=self.staleness / 2))


class TestOverHttp(SessionCheckerContract):
    """The service runs in its own HTTP server."""

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> Iterator[SessionChecker]:
        with served(backend.services) as url, HttpSessionChecker(url, time_limit=30) as checker:
            yield checker


class TestCachingOverHttp(SessionCheckerContract):
    """The default of other services."""

    policy = CachePolicy()
    staleness = policy.max_age

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> Iterator[SessionChecker]:
        with served(backend.services) as url, HttpSessionChecker(url, time_limit=30) as checker:
            yield CachingSessionChecker(
                checker, clock=backend.clock, monotonic=backend.clock.monotonic, policy=self.policy
            )


class TestOnAsyncio(SessionCheckerContract):
    """The checker for asyncio asks the service in its own HTTP server each time."""

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> Iterator[SessionChecker]:
        with (
            served(backend.services) as url,
            in_loop_thread(AsyncHttpSessionChecker(url, time_limit=30)) as checker,
        ):
            yield checker


class TestCachingOnAsyncio(SessionCheckerContract):
    """Of the checker for asyncio, the default of other services."""

    policy = CachePolicy()
    staleness = policy.max_age

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> Iterator[SessionChecker]:
        with served(backend.services) as url:
            source = AsyncHttpSessionChecker(url, time_limit=30)
            caching = AsyncCachingSessionChecker(
                source,
                clock=backend.clock,
                monotonic=backend.clock.monotonic,
                policy=self.policy,
                close_source=source.aclose,
            )
            with in_loop_thread(caching) as checker:
                yield checker


class TestLagging(SessionCheckerContract):
    """The lagging checker of the contract's own tests."""

    staleness = 5

    @pytest.fixture
    def checker(self, backend: ServiceBackend) -> SessionChecker:
        return LaggingChecker(backend.container.session_checker(), backend.clock, seconds=5)


@pytest.mark.parametrize("feed_shards", [0, -1, 65])
def test_a_number_of_shards_that_no_service_has_is_refused(feed_shards: int) -> None:
    """A follower of no shard would ask more often for ever, and say nothing at its start."""
    with pytest.raises(SettingsError, match="feed_shards"):
        dynamodb_session_checker("http://127.0.0.1:8000", follow_feed=True, feed_shards=feed_shards)
