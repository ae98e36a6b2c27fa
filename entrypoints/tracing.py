"""The tracing that a deployment chooses. Without it, OpenTelemetry is not loaded."""

from importlib import import_module
from typing import TYPE_CHECKING

from .settings import Settings

if TYPE_CHECKING:
    from ..adapters.opentelemetry.tracing import Tracing


def make_tracing(settings: Settings) -> "Tracing | None":
    """The tracing of this process, or None if ``CUSTOMER_TRACES`` is false.

    Raises:
        MissingExtraError: it is true, and the extra ``otel`` is not installed.
    """
    if not settings.traces:
        return None
    from ..adapters.opentelemetry import tracing  # noqa: PLC0415 (costs nothing when off)

    return tracing.make_tracing()


def check_tracing(settings: Settings) -> None:
    """Load OpenTelemetry if it will be used, so that a missing package is found at start.

    Raises:
        MissingExtraError: the extra ``otel`` is not installed.
    """
    if settings.traces:
        for module in ("..adapters.opentelemetry.tracing", ".http.request_spans"):
            import_module(module, __package__)
