"""A span for each call of a storage port."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any, Final, TypeVar, cast

from opentelemetry.semconv.attributes.db_attributes import (
    DB_OPERATION_NAME,
    DB_QUERY_SUMMARY,
    DB_SYSTEM_NAME,
)
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer

from ...domain.errors import CustomerServiceError, StoreFaultError, StoreUnavailableError
from ...ports.storage import Storage

SYSTEMS: Final[Mapping[str, str]] = {"dynamodb": "aws.dynamodb"}
"""The conventions' names of stores, where they differ from those of ``CUSTOMER_STORAGE``."""

T = TypeVar("T")


def with_spans(storage: Storage, tracer: Tracer, *, store: str) -> Storage:
    """``storage``, which makes a span of each call.

    The probe makes none, because it is asked every few seconds.

    Args:
        storage: the storage ports.
        tracer: makes the spans.
        store: the value of ``CUSTOMER_STORAGE``.
    """
    system = SYSTEMS.get(store, store)

    def spanned(port: T, name: str) -> T:
        return cast("T", _SpannedPort(port, name, tracer, system))

    return replace(
        storage,
        customers=spanned(storage.customers, "customers"),
        sessions=spanned(storage.sessions, "sessions"),
        audit_log=spanned(storage.audit_log, "audit_log"),
        session_changes=spanned(storage.session_changes, "session_changes"),
        login_throttle=spanned(storage.login_throttle, "login_throttle"),
    )


class _SpannedPort:
    """Passes each call to ``port``, within a span that is named after the port and the method."""

    def __init__(self, port: object, name: str, tracer: Tracer, system: str) -> None:
        self._port = port
        self._name = name
        self._tracer = tracer
        self._system = system

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401 (any method of any port)
        value = getattr(self._port, operation)
        if operation.startswith("_") or not callable(value):
            return value
        spanned = self._spanned(operation, value)
        # The next call finds it without this method.
        setattr(self, operation, spanned)
        return spanned

    def _spanned(self, operation: str, call: Callable[..., T]) -> Callable[..., T]:
        summary = f"{operation} {self._name}"
        attributes = {
            DB_SYSTEM_NAME: self._system,
            DB_OPERATION_NAME: operation,
            DB_QUERY_SUMMARY: summary,
        }

        @wraps(call)
        def spanned(*arguments: object, **named: object) -> T:
            # The text of an error may have personal data, so no exception is recorded.
            with self._tracer.start_as_current_span(
                summary,
                kind=SpanKind.CLIENT,
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            ) as span:
                try:
                    return call(*arguments, **named)
                except BaseException as error:
                    _note(span, error)
                    raise

        return spanned


def _note(span: Span, error: BaseException) -> None:
    """Note that ``error`` ended the call. A refusal, such as of a taken id, is no fault."""
    span.set_attribute(ERROR_TYPE, type(error).__name__)
    is_refusal = isinstance(error, CustomerServiceError) and not isinstance(
        error, StoreFaultError | StoreUnavailableError
    )
    if not is_refusal:
        span.set_status(StatusCode.ERROR)
