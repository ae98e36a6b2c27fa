"""``/metrics``, and what it counts of the requests."""

import re

import pytest
from dependency_injector import providers
from support.http.api import Api
from support.http.customer_api import BASE, PASSWORD, add, log_in, the_problem
from support.http.routes import routes
from support.http.transports import in_process
from support.metrics.values import value

from cybershop_customer.adapters.metrics.exposition import Exposition
from cybershop_customer.adapters.metrics.service_metrics import ServiceMetrics
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.health_resource import POLLED_ROUTES
from cybershop_customer.entrypoints.http.service_application import ServiceApplication
from cybershop_customer.entrypoints.settings import Settings

REQUESTS = "customer_http_request_duration_seconds_count"


@pytest.fixture
def metrics() -> ServiceMetrics:
    return ServiceMetrics()


@pytest.fixture
def api(metrics: ServiceMetrics) -> Api:
    container = memory_container()
    container.metrics.override(providers.Object(metrics))
    app = create_app(container.services(), metrics=metrics, metrics_page=Exposition(metrics, None))
    with in_process(app) as send:
        return Api(send)


def requests(metrics: ServiceMetrics, operation: str, outcome: str) -> float:
    return value(metrics, REQUESTS, operation=operation, outcome=outcome)


def test_every_route_is_counted_under_its_operation(api: Api, metrics: ServiceMetrics) -> None:
    for path, methods in routes(memory_container()):
        for method in methods - {"OPTIONS", "WEBSOCKET"}:
            api.request(method, re.sub(r"\{[^}]+\}", "x", path))

    counted = {
        sample.labels["operation"]
        for family in metrics.requests.metric.collect()
        for sample in family.samples
    }
    assert "other" not in counted
    assert {"introspect", "unlock", "update_customer", "authorize"} <= counted


def test_requests_are_counted_by_operation_and_outcome(api: Api, metrics: ServiceMetrics) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    for bearer in (context_id, context_id, "wrong"):
        api.get(f"{BASE}/session", bearer=bearer)
    api.request("HEAD", f"{BASE}/session", bearer=context_id)
    api.get(f"{BASE}/session/authorize/any/path", bearer=context_id)
    api.get(f"{BASE}/session/authorize")

    assert requests(metrics, "add_customer", "ok") == 1
    assert requests(metrics, "login", "ok") == 1
    assert requests(metrics, "check_session", "ok") == 3
    assert requests(metrics, "check_session", "session-refused") == 1
    assert requests(metrics, "authorize", "ok") == 1
    assert requests(metrics, "authorize", "session-refused") == 1


@pytest.mark.parametrize("path", POLLED_ROUTES)
def test_probes_and_reads_of_the_metrics_are_not_counted_and_logged_at_debug(
    api: Api, metrics: ServiceMetrics, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG", logger="cybershop_customer.http"):
        assert api.get(path).status == 200

    assert [
        sample for family in metrics.requests.metric.collect() for sample in family.samples
    ] == []
    assert {record.levelname for record in caplog.records if record.message == "request"} == {
        "DEBUG"
    }


def test_no_caller_can_make_a_series(api: Api, metrics: ServiceMetrics) -> None:
    for number in range(30):
        api.get(f"/nowhere/{number}")
        api.request(f"BREW{number}", BASE)
        api.request(f"BREW{number}", f"/nowhere/{number}")
        api.request("TRACE", f"{BASE}/login")
        api.get(f"{BASE}/customer-{number}")

    labels = {
        (sample.labels["operation"], sample.labels["outcome"])
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == REQUESTS
    }
    assert labels == {
        ("other", "not-found"),
        ("other", "bad-request"),
        ("other", "method-not-allowed"),
        ("get_customer", "session-refused"),
    }


def test_a_refused_attempt_is_counted_by_its_budget(api: Api, metrics: ServiceMetrics) -> None:
    add(api, "zoe")
    for _ in range(30):
        api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong password"})

    refused = requests(metrics, "login", "too-many-attempts")
    assert refused > 0
    assert value(metrics, "customer_throttled_total", budget="id") == refused


def test_the_page_has_no_personal_data(api: Api) -> None:
    add(api, "zoe")
    context_id = log_in(api, "zoe")
    api.get(f"{BASE}/zoe", bearer=context_id)
    api.put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong password"})

    page = api.get("/metrics")

    text = page.body.decode()
    assert (page.status, page.headers["content-type"].partition(";")[0]) == (200, "text/plain")
    assert "customer_sessions_opened_total" in text
    for secret in ("zoe", context_id, PASSWORD, "127.0.0.1"):
        assert secret not in text
    assert "_created" not in text


def test_the_page_is_also_openmetrics(api: Api) -> None:
    page = api.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert page.headers["content-type"].startswith("application/openmetrics-text")
    assert page.body.endswith(b"# EOF\n")
    the_problem(api.request("POST", "/metrics"), 405, "method-not-allowed")


@pytest.mark.parametrize(("serves", "status"), [(True, 200), (False, 404)])
def test_a_setting_serves_the_page(serves: bool, status: int) -> None:
    application = ServiceApplication(Settings(storage="memory", metrics=serves))
    try:
        with in_process(application) as send:
            assert Api(send).get("/metrics").status == status
    finally:
        application.stop()
