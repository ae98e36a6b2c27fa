"""Tracing as a deployment switches it on: the provider, and the service as a whole."""

import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event
from typing import Final

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.http.api import Api
from support.http.customer_api import BASE
from support.http.transports import in_process
from support.loopback.stub_server import running

from cybershop_customer.adapters.opentelemetry.tracing import Tracing, make_tracing
from cybershop_customer.entrypoints.http.service_application import make_application

OFF: Final = """
import sys
from cybershop_customer.entrypoints.http.service_application import make_application
from wsgiref.util import setup_testing_defaults
application = make_application({"CUSTOMER_STORAGE": "memory"})
environ = {"PATH_INFO": "/api/v1/customer/session", "HTTP_TRACEPARENT": "00-" + "1" * 32 + "-2"}
setup_testing_defaults(environ)
b"".join(application(environ, lambda *_: None))
application.stop()
# Other packages may load the API, as FastAPI does.
ours = "cybershop_customer.adapters.opentelemetry"
print(*(name for name in sys.modules if name.startswith(("opentelemetry.sdk", ours))))
"""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """The spans of a program that has a tracer provider of its own."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


def test_a_service_that_traces_makes_spans_of_requests_and_of_its_store(
    given: InMemorySpanExporter,
) -> None:
    application = make_application({"CUSTOMER_TRACES": "true"}, demo=True)
    with in_process(application) as send:
        answer = Api(send).put(f"{BASE}/login", {"customer_id": "zoe", "password": "wrong"})
        assert answer.status == 401
    application.stop()

    names = {span.name for span in given.get_finished_spans()}
    assert {f"PUT {BASE}/login", "charge login_throttle"} <= names
    (request,) = (span for span in given.get_finished_spans() if span.name.startswith("PUT"))
    assert (request.attributes or {})["cybershop_customer.problem"] == "login-refused"


def test_the_programs_provider_stays_open(given: InMemorySpanExporter) -> None:
    tracing = make_tracing()
    tracing.close(1.0)

    tracing.tracer.start_span("after").end()

    assert [span.name for span in given.get_finished_spans()] == ["after"]


def test_without_one_the_service_makes_its_own_and_ends_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "another name")
    tracing = make_tracing()
    span = tracing.tracer.start_span("work")

    resource = getattr(span, "resource").attributes  # noqa: B009 (only the SDK's span has it)
    assert resource["service.name"] == "another name"
    assert resource["service.version"]
    tracing.close(10.0)


def test_each_start_sends_the_key_that_the_environment_has_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """So a new key of the collector needs only a restart."""
    keys: list[str | None] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            keys.append(self.headers["X-Api-Key"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with running(HTTPServer(("127.0.0.1", 0), Collector), Event()) as server:
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        for key in ("old", "new"):
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-api-key={key}")
            tracing = make_tracing()
            tracing.tracer.start_span("work").end()
            tracing.close(10.0)

    assert keys == ["old", "new"]


def test_a_collector_that_hangs_does_not_hold_the_stop() -> None:
    end = Event()
    tracing = Tracing(TracerProvider(shutdown_on_exit=False), end.wait)

    tracing.close(0.0)

    end.set()


def test_a_service_that_does_not_trace_loads_nothing_of_it() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", OFF], capture_output=True, text=True, check=True, timeout=60
    )

    assert ran.stdout == "\n"
    assert '"status_code": 401' in ran.stderr
