"""What the metrics of the service count."""

import platform
from collections.abc import Callable
from importlib.metadata import version
from threading import Event, Thread
from typing import Any

import pytest
from dependency_injector import providers
from support.metrics.values import described, value

from cybershop_customer import (
    OPERATOR,
    CheckerUnavailableError,
    HashingLane,
    InvalidInputError,
    ServiceBusyError,
    SessionRefusedError,
    StoreFaultError,
    StoreUnavailableError,
)
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.storage import memory_storage
from cybershop_customer.adapters.metrics.observed_hashing_lane import ObservedHashingLane
from cybershop_customer.adapters.metrics.observed_ports import (
    ObservedBackground,
    ObservedNotifier,
    ObservedSessionFeed,
)
from cybershop_customer.adapters.metrics.observed_storage import observed_storage
from cybershop_customer.adapters.metrics.service_metrics import ServiceMetrics
from cybershop_customer.adapters.sqlite.schema import MIGRATIONS
from cybershop_customer.adapters.threaded.hashing_lane import ThreadedHashingLane
from cybershop_customer.domain.notification import Notification, NotificationKind
from cybershop_customer.entrypoints.container import Container, make_container, memory_container
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock

PASSWORD = "correct horse battery"
ANN = {"customer_id": "ann", "email": "ann@shop.example", "password": PASSWORD}
WAIT_SECONDS = 30


@pytest.fixture
def metrics() -> ServiceMetrics:
    return ServiceMetrics()


@pytest.fixture
def container(metrics: ServiceMetrics) -> Container:
    container = memory_container()
    container.metrics.override(providers.Object(metrics))
    return container


def log_in(container: Container, times: int = 1) -> str:
    context_id = ""
    for _ in range(times):
        result = container.sessions().login(customer_id="ann", password=PASSWORD)
        context_id = result.context_id
    return context_id


def ended(metrics: ServiceMetrics, reason: str) -> float:
    return value(metrics, "customer_sessions_ended_total", reason=reason)


def opened(metrics: ServiceMetrics, reason: str) -> float:
    return value(metrics, "customer_sessions_opened_total", reason=reason)


def test_sessions_are_counted_by_why_they_open_and_end(
    container: Container, metrics: ServiceMetrics
) -> None:
    clock = ManualClock()
    container.clock.override(clock)
    services = container.services()
    services.customers.add_customer(**ANN)
    most = container.settings().max_sessions

    log_in(container, most + 2)
    assert opened(metrics, "login") == most + 2
    assert ended(metrics, "evicted") == 2

    services.sessions.logout(log_in(container))
    assert (ended(metrics, "logout"), ended(metrics, "evicted")) == (1, 3)
    with pytest.raises(SessionRefusedError):
        services.sessions.logout(f"{'a' * 43}.ann")
    assert ended(metrics, "logout") == 1

    services.sessions.end_sessions("ann", actor=OPERATOR)
    assert ended(metrics, "end_sessions") == 1

    session = services.session_check.check_session(log_in(container))
    services.password_change.change_password(
        actor=session, password=PASSWORD, new_password=PASSWORD + " staple"
    )
    assert (opened(metrics, "change_password"), ended(metrics, "change_password")) == (1, 1)

    clock.advance(minutes=31 * 24 * 60)
    services.sessions.login(customer_id="ann", password=PASSWORD + " staple")
    assert ended(metrics, "expired") == 1

    services.customers.delete_customer("ann", actor=OPERATOR)
    assert ended(metrics, "delete_customer") == 1


def test_an_update_that_ends_no_session_counts_none(
    container: Container, metrics: ServiceMetrics
) -> None:
    customers = container.services().customers
    customers.add_customer(**ANN)
    customers.update_customer("ann", fname="Ann", actor=OPERATOR)

    assert ended(metrics, "update_customer") == 0
    calls = "customer_store_call_duration_seconds_count"
    assert value(metrics, calls, operation="customers.update") == 1
    assert value(metrics, calls, operation="customers.add") == 1


@pytest.mark.parametrize(
    ("error", "name"), [(StoreUnavailableError(), "unavailable"), (StoreFaultError("no"), "fault")]
)
def test_a_call_that_the_store_does_not_serve_is_a_failure(
    metrics: ServiceMetrics, error: Exception, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = memory_storage()

    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(storage.sessions, "find", refuse)
    observed = observed_storage(storage, metrics)

    with pytest.raises(type(error)):
        observed.sessions.find("ann", "x")

    failures = {"operation": "sessions.find", "error": name}
    assert value(metrics, "customer_store_failures_total", **failures) == 1
    count = "customer_store_call_duration_seconds_count"
    assert value(metrics, count, operation="sessions.find") == 1


class Lane:
    """One hashing thread, one place to wait, and callers that a test holds."""

    def __init__(self, metrics: ServiceMetrics) -> None:
        self.metrics = metrics
        inner: HashingLane = ThreadedHashingLane(threads=1, queue=1, hash_seconds=60)
        self.lane = ObservedHashingLane(inner, 1, metrics)
        self.go_on = Event()
        self.threads: list[Thread] = []

    def hash_in_thread(self, *, known_device: bool) -> None:
        began = Event()

        def work() -> None:
            began.set()
            assert self.go_on.wait(WAIT_SECONDS)

        def ask() -> None:
            with self.lane.enter(source=None, known_device=known_device) as place:
                place.run(work)

        thread = Thread(target=ask)
        thread.start()
        self.threads.append(thread)
        assert began.wait(WAIT_SECONDS)

    def finish(self) -> None:
        self.go_on.set()
        for thread in self.threads:
            thread.join(WAIT_SECONDS)
        self.lane.close()


def test_the_hashing_lane_shows_who_hashes_who_waits_and_who_is_refused(
    metrics: ServiceMetrics,
) -> None:
    lane = Lane(metrics)
    try:
        lane.hash_in_thread(known_device=False)
        assert value(metrics, "customer_hashing_busy") == 1
        assert value(metrics, "customer_hashing_waiting") == 0

        # The thread for known devices is one more; the lane is said to have one.
        lane.hash_in_thread(known_device=True)
        assert value(metrics, "customer_hashing_busy") == 1
        assert value(metrics, "customer_hashing_waiting") == 1

        with (
            pytest.raises(ServiceBusyError),
            lane.lane.enter(source=None, known_device=False),
        ):
            pass
        assert value(metrics, "customer_hashing_refused_total") == 1
        assert value(metrics, "customer_hashing_waiting") == 1
    finally:
        lane.finish()

    assert value(metrics, "customer_hashing_busy") == 0
    assert value(metrics, "customer_hashing_waiting") == 0
    assert value(metrics, "customer_hashing_duration_seconds_count") == 2
    assert value(metrics, "customer_hashing_wait_seconds_count") == 2


def test_an_error_in_the_lane_is_no_refusal(metrics: ServiceMetrics) -> None:
    lane = Lane(metrics).lane

    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError), lane.enter(source=None, known_device=False) as place:
        place.run(fail)
    lane.close()

    assert value(metrics, "customer_hashing_refused_total") == 0
    assert value(metrics, "customer_hashing_busy") == 0
    assert value(metrics, "customer_hashing_duration_seconds_count") == 1


class BrokenFeed:
    def __init__(self, error: Exception) -> None:
        self.error = error

    def read_changes(self, cursor: str | None, **_: object) -> Any:
        raise self.error


def test_reads_of_the_feed_and_the_lag_of_followers(
    container: Container, metrics: ServiceMetrics
) -> None:
    clock = ManualClock()
    container.clock.override(clock)
    services = container.services()
    services.customers.add_customer(**ANN)
    feed = services.session_feed

    cursor = feed.read_changes(None).cursor
    assert value(metrics, "customer_feed_lag_seconds_count") == 0
    services.sessions.logout(log_in(container))
    clock.advance(seconds=3)
    assert len(feed.read_changes(cursor).changes) == 1

    assert value(metrics, "customer_feed_lag_seconds_sum") == pytest.approx(3)
    assert value(metrics, "customer_feed_reads_total", outcome="ok") == 2
    assert value(metrics, "customer_feed_changes_total") == 1
    for wrong in ("nonsense", "2026-02-31T00:00:00.000000Z", "0000-00-00T00:00:00.000000Z"):
        with pytest.raises(InvalidInputError):
            feed.read_changes(wrong)
    assert value(metrics, "customer_feed_reads_total", outcome="refused") == 3
    # A cursor from a machine with a fast clock.
    feed.read_changes("9999-12-31T23:59:59.999999Z")
    assert value(metrics, "customer_feed_lag_seconds_count") == 1


def test_a_feed_that_cannot_be_read_is_counted(metrics: ServiceMetrics) -> None:
    broken: Any = BrokenFeed(CheckerUnavailableError())
    feed = ObservedSessionFeed(broken, ManualClock(), metrics)

    with pytest.raises(CheckerUnavailableError):
        feed.read_changes(None)

    assert value(metrics, "customer_feed_reads_total", outcome="failed") == 1


class Mail:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def send(self, notification: Notification) -> None:
        if self.error is not None:
            raise self.error


def test_mail_is_counted_by_its_kind(metrics: ServiceMetrics) -> None:
    mail = Mail()
    notifier = ObservedNotifier(mail, metrics)  # type: ignore[arg-type]
    kind = NotificationKind.PASSWORD_CHANGED
    notification = Notification(
        kind=kind, customer_id="ann", address="ann@shop.example", locale="en"
    )

    notifier.send(notification)
    mail.error = RuntimeError()
    with pytest.raises(RuntimeError):
        notifier.send(notification)

    assert value(metrics, "customer_mail_sent_total", kind=str(kind)) == 1
    assert value(metrics, "customer_mail_failed_total", kind=str(kind)) == 1


class Full(MemoryBackground):
    def submit(self, name: str, work: Callable[[], None]) -> bool:
        return False


def test_work_without_room_is_counted(metrics: ServiceMetrics) -> None:
    assert not ObservedBackground(Full(), metrics).submit("mail", lambda: None)
    assert ObservedBackground(MemoryBackground(), metrics).submit("mail", lambda: None)

    assert value(metrics, "customer_background_refused_total") == 1


def test_the_build_and_the_schema_are_named(metrics: ServiceMetrics) -> None:
    container = make_container(Settings.demo_from_environ({"CUSTOMER_STORAGE": "sqlite"}))
    container.metrics.override(providers.Object(metrics))
    container.services()

    schema = {"store": "sqlite", "schema": str(len(MIGRATIONS))}
    build = {"version": version("cybershop-customer"), "python": platform.python_version()}
    assert value(metrics, "customer_store_schema_info", **schema) == 1
    assert value(metrics, "customer_build_info", **build) == 1


@pytest.mark.parametrize("values", [{"metrics": True}, {"metrics_port": 30009}])
def test_metrics_are_counted_if_they_are_served(values: dict[str, Any]) -> None:
    assert make_container(Settings(storage="memory", **values)).metrics() is not None


def test_metrics_are_off_by_default() -> None:
    assert make_container(Settings(storage="memory")).metrics() is None
    assert memory_container().metrics() is None


def test_names_follow_the_conventions_of_prometheus() -> None:
    """https://prometheus.io/docs/practices/naming/."""
    for name, (kind, labels, meaning) in described().items():
        assert name.startswith("customer_")
        assert name.endswith("_total") == (kind == "counter"), name
        assert name.endswith("_seconds") == (kind == "histogram"), name
        assert meaning[:1].isupper() or meaning.startswith("1,")
        assert not {"customer_id", "email", "path", "source", "session_id"} & set(labels)
