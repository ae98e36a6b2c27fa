"""Reads the trace that a request names."""

from wsgiref.types import WSGIEnvironment

from ...domain.trace_context import TraceContext


def read_trace(environ: WSGIEnvironment) -> TraceContext | None:
    """The trace in ``traceparent`` and ``tracestate``; None without one that is valid.

    Servers join repeated headers with a comma, so two ``traceparent`` count as none.
    """
    traceparent = environ.get("HTTP_TRACEPARENT")
    if traceparent is None:
        return None
    return TraceContext.parse(traceparent, environ.get("HTTP_TRACESTATE"))
