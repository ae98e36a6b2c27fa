"""Every metric of the service. docs/metrics.md has the table of them."""

from typing import Final

from .metric_factory import MetricFactory

REQUEST_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. A session check takes less than the first few, a login with bcrypt about the middle."""

STORE_BUCKETS: Final = (0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0)
"""Seconds, from a read in memory to the time limit of a call of DynamoDB."""

HASHING_BUCKETS: Final = (0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds."""

LAG_BUCKETS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds. A follower that reads every half second stays below the third."""


class ServiceMetrics:
    """The metrics of one process of the service, in a registry of their own.

    No label has a value that a caller chooses, such as a customer's id, an address or a path. So
    the number of series is bounded, and none has personal data.
    """

    def __init__(self) -> None:
        make = MetricFactory()
        self.registry: Final = make.registry
        self._define_requests(make)
        self._define_hashing(make)
        self._define_sessions(make)
        self._define_store(make)
        self._define_feed(make)
        self._define_mail(make)
        self._define_deployment(make)

    def _define_requests(self, make: MetricFactory) -> None:
        self.requests = make.histograms(
            "customer_http_request_duration_seconds",
            "Time until the answer to a request is ready. The count is the number of requests",
            "operation",
            "outcome",
            buckets=REQUEST_BUCKETS,
        )
        self.throttled = make.counters(
            "customer_throttled", "Requests that a used up budget refused", "budget"
        )

    def _define_hashing(self, make: MetricFactory) -> None:
        self.hashing_busy = make.gauge("customer_hashing_busy", "Passwords that are being hashed")
        self.hashing_waiting = make.gauge(
            "customer_hashing_waiting",
            "Requests that wait for a place or a thread of the hashing lane",
        )
        self.hashing_refused = make.counter(
            "customer_hashing_refused",
            "Requests that found no place in the hashing lane, and were answered with 503",
        )
        self.hashing_seconds = make.histogram(
            "customer_hashing_duration_seconds",
            "Time to hash or verify one password",
            HASHING_BUCKETS,
        )
        self.hashing_wait_seconds = make.histogram(
            "customer_hashing_wait_seconds",
            "Time that one hash waited for a place and a thread",
            HASHING_BUCKETS,
        )

    def _define_sessions(self, make: MetricFactory) -> None:
        self.sessions_opened = make.counters(
            "customer_sessions_opened", "Sessions that were opened, by the operation", "reason"
        )
        self.sessions_ended = make.counters(
            "customer_sessions_ended",
            "Changes that ended one session or all of a customer, by the operation",
            "reason",
        )

    def _define_store(self, make: MetricFactory) -> None:
        self.store_calls = make.histograms(
            "customer_store_call_duration_seconds",
            "Time of a call of the store, with its retries. The count is the number of calls",
            "operation",
            buckets=STORE_BUCKETS,
        )
        self.store_failures = make.counters(
            "customer_store_failures", "Calls that the store did not serve", "operation", "error"
        )
        self.dynamodb_attempts = make.counters(
            "customer_dynamodb_attempts",
            "Requests that were sent to DynamoDB",
            "operation",
            "outcome",
        )
        self.dynamodb_retries = make.counters(
            "customer_dynamodb_retries", "Requests that were sent to DynamoDB again", "operation"
        )
        self.dynamodb_units = make.counters(
            "customer_dynamodb_capacity_units",
            "Capacity units that DynamoDB reported as consumed",
            "operation",
            "table",
        )

    def _define_feed(self, make: MetricFactory) -> None:
        self.feed_reads = make.counters(
            "customer_feed_reads",
            "Pages of the session change feed that followers asked for",
            "outcome",
        )
        self.feed_changes = make.counter(
            "customer_feed_changes",
            "Changes in these pages; a follower of an older version reads each again for a minute",
        )
        self.feed_lag = make.histogram(
            "customer_feed_lag_seconds",
            "Time since a follower began its last round, when it reads again",
            LAG_BUCKETS,
        )

    def _define_mail(self, make: MetricFactory) -> None:
        self.mail_sent = make.counters(
            "customer_mail_sent", "Messages that the mail server accepted", "kind"
        )
        self.mail_failed = make.counters(
            "customer_mail_failed", "Messages that the mail server did not accept", "kind"
        )
        self.background_refused = make.counter(
            "customer_background_refused",
            "Work after an answer, such as mail, for which there was no room",
        )

    def _define_deployment(self, make: MetricFactory) -> None:
        self.build = make.info(
            "customer_build_info",
            "1, with the versions of the service and of Python",
            "version",
            "python",
        )
        self.schema = make.info(
            "customer_store_schema_info",
            "1, with the store and the version of its schema",
            "store",
            "schema",
        )
