"""The metrics of a cached session checker, for the registry of the service that uses it."""

from collections.abc import Iterator
from typing import Protocol

from ..caching.cache_rules import CacheInfo
from ..extras import requires_extra

with requires_extra("metrics"):
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        Metric,
        SummaryMetricFamily,
    )
    from prometheus_client.registry import Collector


class CachedChecker(Protocol):
    """What the collector needs of a checker. Every checker with a cache has it."""

    def cache_infos(self) -> tuple[CacheInfo, ...]:
        """The counts of every cache of this process."""
        ...


class SessionCheckerCollector(Collector):
    """Collects the counts of ``checker`` when a registry asks, and adds nothing to a check.

    Register it once: ``prometheus_client.REGISTRY.register(SessionCheckerCollector(checker))``.

    A forked process has its own cache, and so its own counts. prometheus-client does not add up the
    counts of a collector over processes.

    Args:
        checker: a checker of ``http_session_checker``, ``async_http_session_checker`` or
            ``dynamodb_session_checker``.
        name: tells several checkers of one process apart, as the label ``checker``.
    """

    def __init__(self, checker: CachedChecker, name: str = "default") -> None:
        self._checker = checker
        self._label = [name]

    def collect(self) -> Iterator[Metric]:
        """The metrics, each with one sample."""
        infos = self._checker.cache_infos()
        hits = sum(info.hits for info in infos)
        yield self._counter("cache_hits", "Checks that were answered from the cache", hits)
        yield self._counter(
            "cache_misses",
            "Checks that asked the source, or waited for one that did",
            sum(info.misses for info in infos),
        )
        yield self._counter(
            "cache_stale",
            "Misses that were answered from the cache, because the source could not be reached",
            sum(info.stale for info in infos),
        )
        yield self._gauge(
            "cache_entries", "Answers that are in the cache", sum(info.entries for info in infos)
        )
        age = SummaryMetricFamily(
            "customer_session_cache_hit_age_seconds",
            "Ages of the answers that were used from the cache",
            labels=["checker"],
        )
        age.add_metric(self._label, hits, sum(info.hit_seconds for info in infos))
        yield age
        feeds = [info.feed for info in infos if info.feed is not None]
        if not feeds:
            return
        yield self._counter(
            "feed_rounds",
            "Reads of the session change feed up to its end",
            sum(feed.rounds for feed in feeds),
        )
        yield self._counter(
            "feed_failures",
            "Reads of the session change feed that failed",
            sum(feed.failures for feed in feeds),
        )
        lags = [feed.lag for feed in feeds if feed.lag is not None]
        if lags:
            yield self._gauge(
                "feed_lag_seconds",
                "Time since the last complete read of the feed began",
                max(lags),
            )

    def _counter(self, name: str, meaning: str, value: int) -> Metric:
        family = CounterMetricFamily(f"customer_session_{name}", meaning, labels=["checker"])
        family.add_metric(self._label, value)
        return family

    def _gauge(self, name: str, meaning: str, value: float) -> Metric:
        family = GaugeMetricFamily(f"customer_session_{name}", meaning, labels=["checker"])
        family.add_metric(self._label, value)
        return family
