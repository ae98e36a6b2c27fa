"""The metrics of a cached session checker, for the registry of the service that uses it."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, Protocol

from ..caching.cache_rules import CacheInfo
from ..caching.followed_changes import FeedInfo
from ..extras import requires_extra

with requires_extra("metrics"):
    from prometheus_client.metrics_core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        Metric,
        SummaryMetricFamily,
    )
    from prometheus_client.registry import Collector


_LABELS: Final = ["checker"]
_CACHE_COUNTERS: Final = (
    ("cache_hits", "Checks that were answered from the cache", attrgetter("hits")),
    (
        "cache_misses",
        "Checks that asked the source, or waited for one that did",
        attrgetter("misses"),
    ),
    (
        "cache_stale",
        "Misses that were answered from the cache, because the source could not be reached",
        attrgetter("stale"),
    ),
)
_FEED_COUNTERS: Final = (
    ("feed_rounds", "Reads of the session change feed up to its end", attrgetter("rounds")),
    ("feed_failures", "Reads of the session change feed that failed", attrgetter("failures")),
)


class CachedChecker(Protocol):
    """What the collector needs of a checker. Every checker with a cache has it."""

    def cache_infos(self) -> tuple[CacheInfo, ...]:
        """The counts of every cache of this process."""
        ...


class SessionCheckerCollector(Collector):
    """Collects the counts of session checkers when a registry asks, and adds nothing to a check.

    Register it once: ``prometheus_client.REGISTRY.register(SessionCheckerCollector(checker))``.

    A forked process has its own cache, and so its own counts. prometheus-client does not add up the
    counts of a collector over processes.

    Args:
        checkers: a checker of ``http_session_checker``, ``async_http_session_checker`` or
            ``dynamodb_session_checker``; or several, by the names that the label ``checker`` gives
            them. The name of a single one is ``default``.
    """

    def __init__(self, checkers: CachedChecker | Mapping[str, CachedChecker]) -> None:
        named = checkers if isinstance(checkers, Mapping) else {"default": checkers}
        self._checkers = dict(named)

    def collect(self) -> Iterator[Metric]:
        """The metrics. Those of the feed are left out until it was read."""
        found = {name: checker.cache_infos() for name, checker in self._checkers.items()}
        for name, meaning, count in _CACHE_COUNTERS:
            counter = CounterMetricFamily(f"customer_session_{name}", meaning, labels=_LABELS)
            for checker, infos in found.items():
                counter.add_metric([checker], sum(map(count, infos)))
            yield counter
        entries = GaugeMetricFamily(
            "customer_session_cache_entries", "Answers that are in the cache", labels=_LABELS
        )
        ages = SummaryMetricFamily(
            "customer_session_cache_hit_age_seconds",
            "Ages of the answers that were used from the cache",
            labels=_LABELS,
        )
        for checker, infos in found.items():
            entries.add_metric([checker], sum(info.entries for info in infos))
            hits, seconds = sum(i.hits for i in infos), sum(i.hit_seconds for i in infos)
            ages.add_metric([checker], hits, seconds)
        yield entries
        yield ages
        feeds = {name: [info.feed for info in infos if info.feed] for name, infos in found.items()}
        yield from _feed_metrics({name: infos for name, infos in feeds.items() if infos})


def _feed_metrics(found: Mapping[str, Sequence[FeedInfo]]) -> Iterator[Metric]:
    """The metrics of the checkers that follow the feed."""
    if not found:
        return
    for name, meaning, count in _FEED_COUNTERS:
        counter = CounterMetricFamily(f"customer_session_{name}", meaning, labels=_LABELS)
        for checker, feeds in found.items():
            counter.add_metric([checker], sum(map(count, feeds)))
        yield counter
    lag = GaugeMetricFamily(
        "customer_session_feed_lag_seconds",
        "Time since the last complete read of the feed began",
        labels=_LABELS,
    )
    for checker, feeds in found.items():
        lags = [feed.lag for feed in feeds if feed.lag is not None]
        if lags:
            lag.add_metric([checker], max(lags))
    yield lag
