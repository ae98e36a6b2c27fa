"""Every metric of the service. docs/metrics.md has the table of them."""

from collections.abc import Sequence
from typing import Final, Generic, Literal, TypeVar

from ..extras import requires_extra
from .quick_histogram import QuickHistogram

with requires_extra("service"):
    from prometheus_client import CollectorRegistry, Counter, Gauge
    from prometheus_client.metrics import MetricWrapperBase

MetricT = TypeVar("MetricT", bound=MetricWrapperBase)
GaugeMode = Literal["livesum", "max"]
"""How the values of several processes become one."""

REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. A session check takes less than the first few, a login with bcrypt about the middle."""

STORE_BUCKETS: Final = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0)
"""Seconds, from a read in memory to the time limit of a call of DynamoDB."""

HASHING_BUCKETS: Final = (0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds."""

LAG_BUCKETS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds. A follower that reads every half second stays below the third."""


class Children(dict[tuple[str, ...], MetricT], Generic[MetricT]):
    """The children of ``metric`` by the values of their labels.

    A look-up here takes a fifth of the time of ``metric.labels``.
    """

    def __init__(self, metric: MetricT) -> None:
        super().__init__()
        self.metric = metric

    def __missing__(self, key: tuple[str, ...]) -> MetricT:
        child = self[key] = self.metric.labels(*key)
        return child


class ServiceMetrics:
    """The metrics of one process of the service, in a registry of their own.

    No label has a value that a caller chooses, such as a customer's id, an address or a path. So
    the number of series is bounded, and none has personal data.
    """

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry: Final = registry

        def counter(name: str, meaning: str) -> Counter:
            return Counter(name, meaning, registry=registry)

        def counters(name: str, meaning: str, *labels: str) -> Children[Counter]:
            return Children(Counter(name, meaning, labels, registry=registry))

        def gauge(name: str, meaning: str, mode: GaugeMode, *labels: str) -> Gauge:
            return Gauge(name, meaning, labels, registry=registry, multiprocess_mode=mode)

        def histogram(name: str, meaning: str, buckets: Sequence[float]) -> QuickHistogram:
            return QuickHistogram(name, meaning, registry=registry, buckets=buckets)

        def histograms(
            name: str, meaning: str, buckets: Sequence[float], *labels: str
        ) -> Children[QuickHistogram]:
            return Children(
                QuickHistogram(name, meaning, labels, registry=registry, buckets=buckets)
            )

        self.requests: Final = histograms(
            "customer_http_request_duration_seconds",
            "Time until the answer to a request is ready. The count is the number of requests",
            REQUEST_BUCKETS,
            "operation",
            "outcome",
        )
        self.throttled: Final = counters(
            "customer_throttled", "Requests that a used up budget refused", "budget"
        )
        self.hashing_busy: Final = gauge(
            "customer_hashing_busy", "Passwords that are being hashed", "livesum"
        )
        self.hashing_waiting: Final = gauge(
            "customer_hashing_waiting",
            "Requests that wait for a place or a thread of the hashing lane",
            "livesum",
        )
        self.hashing_refused: Final = counter(
            "customer_hashing_refused",
            "Requests that found no place in the hashing lane, and were answered with 503",
        )
        self.hashing_seconds: Final = histogram(
            "customer_hashing_duration_seconds",
            "Time to hash or verify one password",
            HASHING_BUCKETS,
        )
        self.hashing_wait_seconds: Final = histogram(
            "customer_hashing_wait_seconds",
            "Time that one hash waited for a place and a thread",
            HASHING_BUCKETS,
        )
        self.sessions_opened: Final = counters(
            "customer_sessions_opened", "Sessions that were opened, by the operation", "reason"
        )
        self.sessions_ended: Final = counters(
            "customer_sessions_ended",
            "Changes that ended one session or all of a customer, by the operation",
            "reason",
        )
        self.store_calls: Final = histograms(
            "customer_store_call_duration_seconds",
            "Time of a call of the store, with its retries. The count is the number of calls",
            STORE_BUCKETS,
            "operation",
        )
        self.store_failures: Final = counters(
            "customer_store_failures", "Calls that the store did not serve", "operation", "error"
        )
        self.dynamodb_attempts: Final = counters(
            "customer_dynamodb_attempts",
            "Requests that were sent to DynamoDB",
            "operation",
            "outcome",
        )
        self.dynamodb_retries: Final = counters(
            "customer_dynamodb_retries", "Requests that were sent to DynamoDB again", "operation"
        )
        self.dynamodb_units: Final = counters(
            "customer_dynamodb_capacity_units",
            "Capacity units that DynamoDB reported as consumed",
            "operation",
            "table",
        )
        self.feed_reads: Final = counters(
            "customer_feed_reads",
            "Pages of the session change feed that followers asked for",
            "outcome",
        )
        self.feed_changes: Final = counter(
            "customer_feed_changes", "Changes in these pages; each is read again for a minute"
        )
        self.feed_lag: Final = histogram(
            "customer_feed_lag_seconds",
            "Time since a follower began its last round, when it reads again",
            LAG_BUCKETS,
        )
        self.mail_sent: Final = counters(
            "customer_mail_sent", "Messages that the mail server accepted", "kind"
        )
        self.mail_failed: Final = counters(
            "customer_mail_failed", "Messages that the mail server did not accept", "kind"
        )
        self.background_refused: Final = counter(
            "customer_background_refused",
            "Work after an answer, such as mail, for which there was no room",
        )
        self.build: Final = gauge(
            "customer_build_info",
            "1, with the versions of the service and of Python",
            "max",
            "version",
            "python",
        )
        self.schema: Final = gauge(
            "customer_store_schema_info",
            "1, with the store and the version of its schema",
            "max",
            "store",
            "schema",
        )
