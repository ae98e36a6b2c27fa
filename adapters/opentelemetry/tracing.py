"""The tracer of the service, and where its spans go."""

from collections.abc import Callable
from importlib.metadata import version
from threading import Thread
from typing import Final

from ..extras import requires_extra

with requires_extra("otel"):
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.semconv.attributes.service_attributes import SERVICE_NAME, SERVICE_VERSION

NAME: Final = "cybershop-customer"
"""Names the service in its spans, unless ``OTEL_SERVICE_NAME`` does."""


class Tracing:
    """A tracer for one process. Its spans are sent in the background.

    Args:
        provider: makes the tracer.
        shut_down: sends the spans that wait; None if the provider belongs to the program.
    """

    def __init__(
        self, provider: trace.TracerProvider, shut_down: Callable[[], object] | None = None
    ) -> None:
        self.tracer: Final = provider.get_tracer(NAME, version(NAME))
        self._shut_down = shut_down

    def close(self, wait_seconds: float) -> None:
        """Send the spans that wait, within ``wait_seconds``, and end the background thread."""
        if self._shut_down is None:
            return
        # A collector that is down holds a shutdown for many seconds.
        thread = Thread(target=self._shut_down, name="close-traces", daemon=True)
        thread.start()
        thread.join(wait_seconds)


def make_tracing() -> Tracing:
    """The tracing of this process, by the variables ``OTEL_*``.

    A program that has set a tracer provider keeps it: its spans go where the program wants.
    Otherwise the spans go by OTLP over HTTP to ``OTEL_EXPORTER_OTLP_ENDPOINT``, by default
    ``http://localhost:4318``.
    """
    given = trace.get_tracer_provider()
    if not isinstance(given, trace.ProxyTracerProvider):
        return Tracing(given)
    own = Resource.create({SERVICE_NAME: NAME, SERVICE_VERSION: version(NAME)})
    provider = TracerProvider(resource=own.merge(OTELResourceDetector().detect()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider, provider.shutdown)
