"""The metrics of a cached session checker."""

import pytest
from prometheus_client.registry import CollectorRegistry
from support.metrics.values import value
from support.services.cache_harness import CacheHarness

from cybershop_customer import CheckerUnavailableError
from cybershop_customer.entrypoints.metrics import SessionCheckerCollector

WAYS = ["threads", "asyncio"]
NAME = {"checker": "orders"}


def collected(harness: CacheHarness) -> CollectorRegistry:
    registry = CollectorRegistry()
    # The collector asks from outside of the event loop.
    checker = getattr(harness.checker, "_target", harness.checker)
    registry.register(SessionCheckerCollector({"orders": checker}))
    return registry


def test_the_cache_is_collected() -> None:
    harness = CacheHarness(max_age=5, stale_if_error=60)
    registry = collected(harness)
    assert value(registry, "customer_session_cache_hits_total", **NAME) == 0
    context_id = harness.log_in()
    assert harness.is_live(context_id)
    harness.advance(2)
    assert harness.is_live(context_id)
    harness.advance(10)
    harness.start_outage()
    assert harness.is_live(context_id)

    assert value(registry, "customer_session_cache_hits_total", **NAME) == 1
    assert value(registry, "customer_session_cache_misses_total", **NAME) == 2
    assert value(registry, "customer_session_cache_stale_total", **NAME) == 1
    assert value(registry, "customer_session_cache_entries", **NAME) == 1
    assert value(registry, "customer_session_cache_hit_age_seconds_sum", **NAME) == 2
    assert value(registry, "customer_session_cache_hit_age_seconds_count", **NAME) == 1
    assert registry.get_sample_value("customer_session_feed_rounds_total", NAME) is None


def test_the_feed_is_collected() -> None:
    harness = CacheHarness(followed=True, max_lag=2, max_age=5)
    registry = collected(harness)
    harness.is_live(harness.log_in())
    assert registry.get_sample_value("customer_session_feed_lag_seconds", NAME) is None
    harness.checker.poll()
    harness.advance(1.5)

    assert value(registry, "customer_session_feed_rounds_total", **NAME) == 1
    assert value(registry, "customer_session_feed_lag_seconds", **NAME) == 1.5


def test_reads_that_fail_are_collected() -> None:
    harness = CacheHarness(followed=True)
    registry = collected(harness)
    harness.is_live(harness.log_in())

    harness.cache.follower._pause_after(CheckerUnavailableError(), 0.5)

    assert value(registry, "customer_session_feed_failures_total", **NAME) == 1


def test_one_collector_has_several_checkers() -> None:
    registry = CollectorRegistry(auto_describe=True)
    harness, other = CacheHarness(), CacheHarness(followed=True)
    other.is_live(other.log_in())
    checkers = {
        name: getattr(its.checker, "_target", its.checker)
        for name, its in {"orders": harness, "stock": other}.items()
    }
    registry.register(SessionCheckerCollector(checkers))

    assert value(registry, "customer_session_cache_misses_total", checker="stock") == 1
    assert value(registry, "customer_session_cache_misses_total", checker="orders") == 0
    assert registry.get_sample_value("customer_session_feed_rounds_total", NAME) is None
    with pytest.raises(ValueError, match="Duplicated"):
        registry.register(SessionCheckerCollector(harness.checker))
