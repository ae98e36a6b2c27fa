"""The trace of a request: in every line of its log, and as spans of OpenTelemetry."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.doubles.failing_port import FailingPort
from support.http.api import Answer, Api
from support.http.customer_api import BASE, PASSWORD, a_message, add, log_in
from support.http.transports import in_process
from support.stores.registry import REAL_STORES, open_store, store_params

from cybershop_customer import (
    NotificationFailedError,
    StoreFaultError,
    StoreUnavailableError,
    VersionConflictError,
)
from cybershop_customer.adapters.background_job import Job
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.adapters.opentelemetry.store_spans import with_spans
from cybershop_customer.domain.trace_context import given_trace
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.log_formats import JsonFormatter
from cybershop_customer.entrypoints.logs import RequestFilter
from cybershop_customer.entrypoints.settings import Settings

TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
SPAN: Final = "b7ad6b7169203331"
PARENT: Final = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
WRONG: Final = ["x", f"00-{TRACE.upper()}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"{TRACE}\x07"]

Line = dict[str, Any]


@pytest.fixture
def log() -> Iterator[Callable[[], list[Line]]]:
    """What the service's handler has written, line by line."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(RequestFilter())
    logger = logging.getLogger("cybershop_customer")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(handler)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


class TestLog:
    def test_the_line_of_a_request_has_the_trace_that_the_caller_names(
        self, api: Api, log: Callable[[], list[Line]]
    ) -> None:
        api.get(f"{BASE}/session", headers=PARENT)
        api.get(f"{BASE}/session")

        assert [line.get("trace_id") for line in log() if line["message"] == "request"] == [
            TRACE,
            None,
        ]
        assert given_trace() is None

    @pytest.mark.parametrize("header", WRONG[:3])
    def test_a_header_of_another_form_is_ignored(
        self, api: Api, log: Callable[[], list[Line]], header: str
    ) -> None:
        answer = api.get(f"{BASE}/session", headers={"traceparent": header})

        assert answer.status == 401
        (line,) = (line for line in log() if line["message"] == "request")
        assert "trace_id" not in line

    def test_probes_are_logged_at_debug(self, api: Api, log: Callable[[], list[Line]]) -> None:
        for path in ("/livez", "/readyz", f"{BASE}/health", f"{BASE}/readiness", f"{BASE}/session"):
            api.get(path)

        levels = [line["level"] for line in log() if line["message"] == "request"]
        assert levels == ["DEBUG"] * 4 + ["INFO"]

    def test_a_line_of_the_store_has_the_trace_and_the_request(
        self, container: Container, log: Callable[[], list[Line]]
    ) -> None:
        """Code below the use cases logs without knowing of requests."""
        probe = container.services().session_check

        class Logging:
            def check_session(self, *args: Any, **named: Any) -> Any:
                logging.getLogger("cybershop_customer.store").warning("slow")
                return probe.check_session(*args, **named)

        services = container.services()
        object.__setattr__(services, "session_check", Logging())
        with in_process(create_app(services)) as send:
            Api(send).get(f"{BASE}/session", headers={**PARENT, "X-Request-ID": "one"})

        (line,) = (line for line in log() if line["message"] == "slow")
        assert (line["trace_id"], line["request_id"]) == (TRACE, "one")

    def test_a_line_of_mail_has_the_trace_though_the_request_is_over(
        self, log: Callable[[], list[Line]]
    ) -> None:
        jobs: list[Job] = []

        class Keep:
            def submit(self, name: str, work: Callable[[], None]) -> bool:
                def fail() -> None:
                    raise NotificationFailedError

                jobs.append(Job(name, fail))
                return True

        container = make_container(Settings.demo_from_environ({}))
        container.background.override(Keep())
        container.notifier.override(MemoryNotifier())
        with in_process(create_app(container.services())) as send:
            other = Api(send)
            add(other, "zoe")
            message = {"customer_id": "zoe"}
            headers = {**PARENT, "Content-Type": "application/json"}
            assert other.post(f"{BASE}/password-reset", message, headers=headers).status == 200

        jobs[-1].run(lambda: 1)

        (line,) = (line for line in log() if "failed so far" in line["message"])
        assert line["trace_id"] == TRACE


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> trace.Tracer:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider.get_tracer("test")


@pytest.fixture(params=store_params(REAL_STORES))
def traced(request: pytest.FixtureRequest, tracer: trace.Tracer) -> Iterator[Api]:
    """The service with spans of requests and of each store."""
    with ExitStack() as stack:
        container = make_container(Settings.demo_from_environ({}))
        storage = stack.enter_context(open_store(request.param))
        container.storage.override(with_spans(storage, tracer, store=request.param))
        app = create_app(container.services(), tracer=tracer)
        yield Api(stack.enter_context(in_process(app)))


def named(exporter: InMemorySpanExporter, name: str) -> ReadableSpan:
    """The newest span of this name."""
    return [span for span in exporter.get_finished_spans() if span.name == name][-1]


def test_a_request_is_a_span_in_the_callers_trace_with_the_calls_of_the_store_below_it(
    traced: Api, exporter: InMemorySpanExporter
) -> None:
    add(traced, "zoe")
    context_id = log_in(traced, "zoe")
    exporter.clear()

    answer = traced.get(
        f"{BASE}/session", bearer=context_id, headers={**PARENT, "tracestate": "a=1"}
    )

    assert answer.status == 200
    request = named(exporter, f"GET {BASE}/session")
    find = named(exporter, "find sessions")
    assert request.kind is trace.SpanKind.SERVER
    assert find.kind is trace.SpanKind.CLIENT
    assert request.context is not None
    assert request.context.trace_state.to_header() == "a=1"
    assert f"{request.context.trace_id:032x}" == TRACE
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == SPAN
    assert find.parent == request.context
    assert dict(request.attributes or {}) == {
        "http.request.method": "GET",
        "url.scheme": "http",
        "http.response.status_code": 200,
        "http.route": f"{BASE}/session",
    }
    system = (find.attributes or {})["db.system.name"]
    assert system in ("memory", "sqlite", "aws.dynamodb", "dynamodb-local")
    assert (find.attributes or {})["db.operation.name"] == "find"
    assert request.status.is_unset
    assert find.status.is_unset


def test_a_request_without_a_trace_begins_one_and_leaves_none(
    traced: Api, exporter: InMemorySpanExporter, log: Callable[[], list[Line]]
) -> None:
    for header in ({}, {"traceparent": "x"}):
        exporter.clear()
        traced.get(f"{BASE}/nowhere/at/all", headers=header)
        (span,) = exporter.get_finished_spans()
        assert (span.name, span.parent) == ("GET", None)
        assert span.context is not None
        assert log()[-1]["trace_id"] == f"{span.context.trace_id:032x}"
        assert not trace.get_current_span().get_span_context().is_valid


def test_probes_have_no_span_and_any_method_is_served(
    traced: Api, exporter: InMemorySpanExporter
) -> None:
    for path in ("/livez", "/readyz", f"{BASE}/health/", f"{BASE}/readiness"):
        assert traced.get(path).status == 200
    assert exporter.get_finished_spans() == ()

    traced.request("WEBSOCKET", BASE)
    traced.request("PLANTED", BASE)

    spans = exporter.get_finished_spans()
    assert {(span.attributes or {}).get("http.request.method") for span in spans} == {"_OTHER"}


def test_a_refusal_is_no_fault_of_the_service(traced: Api, exporter: InMemorySpanExporter) -> None:
    add(traced, "zoe")
    exporter.clear()

    assert traced.post(f"{BASE}/", a_message("zoe")).status == 409

    request = named(exporter, f"POST {BASE}")
    assert request.status.is_unset
    assert (request.attributes or {})["cybershop_customer.problem"] == "customer-exists"


def find_fails(error: Exception, tracer: trace.Tracer) -> Answer:
    """The answer to a session check whose read of the store fails."""
    container = make_container(Settings.demo_from_environ({}))
    storage = replace(container.storage(), sessions=FailingPort(error))
    container.storage.override(with_spans(storage, tracer, store="memory"))
    with in_process(create_app(container.services(), tracer=tracer)) as send:
        return Api(send).get(f"{BASE}/session", bearer=f"{'s' * 43}.zoe")


def test_a_refusal_of_the_store_is_no_fault_of_the_store(
    tracer: trace.Tracer, exporter: InMemorySpanExporter
) -> None:
    assert find_fails(VersionConflictError("zoe"), tracer).status == 409

    find = named(exporter, "find sessions")
    assert find.status.is_unset
    assert (find.attributes or {})["error.type"] == "VersionConflictError"


@pytest.mark.parametrize(
    ("error", "status", "problem"),
    [
        (ValueError("planted"), 500, "internal-error"),
        (StoreFaultError("planted"), 500, "internal-error"),
        (StoreUnavailableError(), 503, "store-unavailable"),
    ],
)
def test_a_failure_is_marked_without_the_text_of_its_error(
    tracer: trace.Tracer,
    exporter: InMemorySpanExporter,
    error: Exception,
    status: int,
    problem: str,
) -> None:
    assert find_fails(error, tracer).status == status

    kinds = {"find sessions": type(error).__name__, f"GET {BASE}/session": problem}
    for name, kind in kinds.items():
        span = named(exporter, name)
        assert span.status.status_code is trace.StatusCode.ERROR
        assert (span.attributes or {})["error.type"] == kind
    assert "planted" not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_spans_have_nothing_that_callers_send(traced: Api, exporter: InMemorySpanExporter) -> None:
    add(traced, "planted-id", fname="planted-name", email="planted@shop.example")
    login = {"email": "planted@shop.example", "password": PASSWORD}
    answer = traced.put(f"{BASE}/login", login)
    context_id = answer.json["context_id"]
    headers = {"User-Agent": "planted-agent", "X-Request-ID": "planted-request"}
    headers |= {"X-Forwarded-For": "198.51.100.7", "baggage": "planted=baggage"}
    traced.get(f"{BASE}/planted-id?planted-query", bearer=context_id, headers=headers)
    traced.get(f"{BASE}/me/export", bearer=context_id, headers=headers)
    traced.put(f"{BASE}/login", {"email": "planted@shop.example", "password": "planted-password"})
    traced.get("/planted-path", headers=headers)

    spans = "".join(span.to_json() for span in exporter.get_finished_spans())

    assert f"GET {BASE}/{{customer_id}}" in spans
    assert "planted" not in spans
    assert "198.51.100" not in spans
    assert PASSWORD not in spans
    assert context_id.partition(".")[0] not in spans
