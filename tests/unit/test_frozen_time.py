"""Time that a test library freezes is the library's time too."""

from datetime import timedelta

import pytest
from freezegun import freeze_time

from cybershop_customer import CheckerUnavailableError, SessionRefusedError
from cybershop_customer.adapters.caching.policy import CachePolicy
from cybershop_customer.adapters.caching.session_checker import CachingSessionChecker
from cybershop_customer.adapters.http_client.session_checker import HttpSessionChecker
from cybershop_customer.adapters.system.clock import SystemClock
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker


def test_frozen_time_ages_what_is_remembered() -> None:
    source = MemorySessionChecker()
    with freeze_time("2031-05-17") as frozen:
        checker = CachingSessionChecker(
            source, clock=SystemClock(), policy=CachePolicy(max_age=5, refusal_max_age=5)
        )
        context_id = source.open_session("zoe")
        checker.check_session(context_id)
        source.end_session(context_id)

        frozen.tick(timedelta(seconds=4))
        checker.check_session(context_id)
        frozen.tick(timedelta(seconds=1))
        with pytest.raises(SessionRefusedError):
            checker.check_session(context_id)


def test_frozen_time_lets_a_probe_through_an_open_circuit_breaker() -> None:
    """After five failures nothing is asked for a second at most."""
    with freeze_time("2031-05-17") as frozen, HttpSessionChecker("http://127.0.0.1:9") as checker:
        breaker = checker._client.get()._retrying._policy._breaker
        for _ in range(5):
            with pytest.raises(CheckerUnavailableError):
                checker.check_session(f"{'a' * 43}.zoe")
        with pytest.raises(CheckerUnavailableError):
            breaker.admit()

        frozen.tick(timedelta(seconds=1))

        assert breaker.admit()
