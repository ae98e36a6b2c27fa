"""Makes a span of each request, by OpenTelemetry. Loaded only if ``CUSTOMER_TRACES`` is true."""

from http import HTTPStatus
from typing import Final

import falcon
from opentelemetry import context as otel
from opentelemetry import trace
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.semconv.attributes.url_attributes import URL_SCHEME
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from .health_resource import POLLED_ROUTES
from .trace_headers import read_trace

PROBLEM: Final = "cybershop_customer.problem"
"""The attribute with the name of the problem (docs/http.md)."""
_OTHER: Final = "_OTHER"
"""A method that HTTP does not know, in the words of the semantic conventions."""
_PROPAGATOR: Final = TraceContextTextMapPropagator()


class RequestSpans:
    """Falcon middleware that makes the span of a request current while the request is served.

    The span has the route, the method and the outcome (OpenTelemetry, "Semantic conventions for
    HTTP spans"). It leaves out what else the conventions have, because that may be personal or
    secret: the path, the query, the client's address and its ``User-Agent``. Probes have no span.

    Args:
        tracer: makes the spans.
    """

    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Begin the span, as a part of the caller's trace if the request names one."""
        if req.path in POLLED_ROUTES:
            return
        context = _context_of(req)
        method = req.method if req.method in falcon.HTTP_METHODS else _OTHER
        span = self._tracer.start_span(
            _name(method),
            context=context,
            kind=trace.SpanKind.SERVER,
            attributes={HTTP_REQUEST_METHOD: method, URL_SCHEME: req.scheme},
        )
        req.context.span = span
        req.context.trace_token = otel.attach(trace.set_span_in_context(span, context))

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,  # noqa: ARG002
        req_succeeded: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """End the span. Of a streamed answer, it ends before the first part is made."""
        span: trace.Span | None = getattr(req.context, "span", None)
        if span is not None:
            _describe(span, req, resp)
            span.end()
        token = getattr(req.context, "trace_token", None)
        if token is not None:  # Falcon refuses the method WEBSOCKET before process_request.
            otel.detach(token)


def _context_of(req: falcon.Request) -> otel.Context:
    """The context of the caller, which is empty unless the request names a trace."""
    given = read_trace(req.env)
    if given is None:
        return otel.Context()
    headers = {"traceparent": given.traceparent, "tracestate": given.tracestate or ""}
    return _PROPAGATOR.extract(headers, context=otel.Context())


def _name(method: str) -> str:
    return "HTTP" if method == _OTHER else method


def _describe(span: trace.Span, req: falcon.Request, resp: falcon.Response) -> None:
    """Add what is known at the end: the route, and the outcome."""
    status = resp.status_code
    span.set_attribute(HTTP_RESPONSE_STATUS_CODE, status)
    if req.uri_template is not None:
        method = req.method if req.method in falcon.HTTP_METHODS else _OTHER
        span.update_name(f"{_name(method)} {req.uri_template}")
        span.set_attribute(HTTP_ROUTE, req.uri_template)
    problem: str | None = getattr(resp.context, "problem", None)
    if problem is not None:
        span.set_attribute(PROBLEM, problem)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # A refusal is the caller's error. The conventions mark servers' errors only.
        span.set_attribute(ERROR_TYPE, problem or str(status))
        span.set_status(trace.StatusCode.ERROR)
