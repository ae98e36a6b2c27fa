"""The trace of the present work: OpenTelemetry's, if the program uses that, or the caller's.

OpenTelemetry is not loaded for this. A program that uses it has loaded it.
"""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ..domain.trace_context import TraceContext, given_trace

if TYPE_CHECKING:
    from opentelemetry.trace import SpanContext

_NO_HEADERS: Final[Mapping[str, str]] = {}


def current_trace_id() -> str | None:
    """The name of the trace, for the log; None outside of a trace."""
    span = _span_context()
    if span is not None:
        return f"{span.trace_id:032x}"
    given = given_trace()
    return None if given is None else given.trace_id


def trace_headers() -> Mapping[str, str]:
    """The headers by which a request names the trace, or none outside of a trace.

    A program without OpenTelemetry passes on what its caller sent, as the standard allows for
    programs that record nothing (W3C Trace Context, 3.4).
    """
    span = _span_context()
    trace = given_trace() if span is None else _trace_of(span)
    if trace is None:
        return _NO_HEADERS
    if trace.tracestate is None:
        return {"traceparent": trace.traceparent}
    return {"traceparent": trace.traceparent, "tracestate": trace.tracestate}


def _span_context() -> "SpanContext | None":
    """The current span of OpenTelemetry, or None."""
    # While another thread imports the module, it may have no such function yet.
    get_current_span = getattr(sys.modules.get("opentelemetry.trace"), "get_current_span", None)
    if get_current_span is None:
        return None
    context: SpanContext = get_current_span().get_span_context()
    return context if context.is_valid else None


def _trace_of(span: "SpanContext") -> TraceContext | None:
    traceparent = f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"
    return TraceContext.parse(traceparent, span.trace_state.to_header() or None)
