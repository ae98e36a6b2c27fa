"""Every metric of the service. docs/metrics.md has the table of them."""

from typing import Final, Generic, TypeVar

from ..extras import requires_extra
from .quick_histogram import QuickHistogram

with requires_extra("service"):
    from prometheus_client import CollectorRegistry, Counter, Gauge
    from prometheus_client.metrics import MetricWrapperBase

MetricT = TypeVar("MetricT", bound=MetricWrapperBase)

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
        self.requests: Final = Children(
            QuickHistogram(
                "customer_http_request_duration_seconds",
                "Time until the reply to a request is ready. The count is the number of requests",
                ("operation", "outcome"),
                registry=registry,
                buckets=REQUEST_BUCKETS,
            )
        )
        self.throttled: Final = Children(
            Counter(
                "customer_throttled",
                "Requests that a used up budget refused",
                ("budget",),
                registry=registry,
            )
        )
        self.hashing_busy: Final = Gauge(
            "customer_hashing_busy",
            "Passwords that are being hashed",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.hashing_waiting: Final = Gauge(
            "customer_hashing_waiting",
            "Requests that wait for a place or a thread of the hashing lane",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.hashing_refused: Final = Counter(
            "customer_hashing_refused",
            "Requests that found no place in the hashing lane, and were answered with 503",
            registry=registry,
        )
        self.hashing_seconds: Final = QuickHistogram(
            "customer_hashing_duration_seconds",
            "Time to hash or verify one password",
            registry=registry,
            buckets=HASHING_BUCKETS,
        )
        self.hashing_wait_seconds: Final = QuickHistogram(
            "customer_hashing_wait_seconds",
            "Time that one hash waited for a place and a thread",
            registry=registry,
            buckets=HASHING_BUCKETS,
        )
        self.sessions_opened: Final = Children(
            Counter(
                "customer_sessions_opened",
                "Sessions that were opened, by the operation",
                ("reason",),
                registry=registry,
            )
        )
        self.sessions_ended: Final = Children(
            Counter(
                "customer_sessions_ended",
                "Changes that ended one session or all of a customer, by the operation",
                ("reason",),
                registry=registry,
            )
        )
        self.store_calls: Final = Children(
            QuickHistogram(
                "customer_store_call_duration_seconds",
                "Time of a call of the store, with its retries. The count is the number of calls",
                ("operation",),
                registry=registry,
                buckets=STORE_BUCKETS,
            )
        )
        self.store_failures: Final = Children(
            Counter(
                "customer_store_failures",
                "Calls that the store did not serve",
                ("operation", "error"),
                registry=registry,
            )
        )
        self.dynamodb_attempts: Final = Children(
            Counter(
                "customer_dynamodb_attempts",
                "Requests that were sent to DynamoDB",
                ("operation", "outcome"),
                registry=registry,
            )
        )
        self.dynamodb_retries: Final = Children(
            Counter(
                "customer_dynamodb_retries",
                "Requests that were sent to DynamoDB again",
                ("operation",),
                registry=registry,
            )
        )
        self.dynamodb_units: Final = Children(
            Counter(
                "customer_dynamodb_capacity_units",
                "Capacity units that DynamoDB reported as consumed",
                ("operation", "table"),
                registry=registry,
            )
        )
        self.feed_reads: Final = Children(
            Counter(
                "customer_feed_reads",
                "Pages of the session change feed that followers asked for",
                ("outcome",),
                registry=registry,
            )
        )
        self.feed_changes: Final = Counter(
            "customer_feed_changes",
            "Changes in these pages; each is read again for a minute",
            registry=registry,
        )
        self.feed_lag: Final = QuickHistogram(
            "customer_feed_lag_seconds",
            "Time since a follower began its last round, when it reads again",
            registry=registry,
            buckets=LAG_BUCKETS,
        )
        self.mail_sent: Final = Children(
            Counter(
                "customer_mail_sent",
                "Messages that the mail server accepted",
                ("kind",),
                registry=registry,
            )
        )
        self.mail_failed: Final = Children(
            Counter(
                "customer_mail_failed",
                "Messages that the mail server did not accept",
                ("kind",),
                registry=registry,
            )
        )
        self.background_refused: Final = Counter(
            "customer_background_refused",
            "Work after an answer, such as mail, for which there was no room",
            registry=registry,
        )
        self.build: Final = Gauge(
            "customer_build_info",
            "1, with the versions of the service and of Python",
            ("version", "python"),
            registry=registry,
            multiprocess_mode="max",
        )
        self.schema: Final = Gauge(
            "customer_store_schema_info",
            "1, with the store and the version of its schema",
            ("store", "schema"),
            registry=registry,
            multiprocess_mode="max",
        )
