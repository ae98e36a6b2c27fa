"""A span for each call of a storage port."""

from collections.abc import Callable, Mapping
from dataclasses import replace
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
from ..wrapped_port import Call, WrapCall, WrappedPort

SYSTEMS: Final[Mapping[str, str]] = {"dynamodb": "aws.dynamodb"}
"""The conventions' names of stores, where they differ from those of ``CUSTOMER_STORAGE``."""

PortT = TypeVar("PortT")


def with_spans(storage: Storage, tracer: Tracer, *, store: str) -> Storage:
    """``storage``, which makes a span of each call.

    The probe makes none, because it is asked every few seconds.

    Args:
        storage: the storage ports.
        tracer: makes the spans.
        store: the value of ``CUSTOMER_STORAGE``.
    """
    system = SYSTEMS.get(store, store)

    def spanned(port: PortT, name: str) -> PortT:
        return cast("PortT", WrappedPort(port, _spanner(name, tracer, system)))

    return replace(
        storage,
        customers=spanned(storage.customers, "customers"),
        sessions=spanned(storage.sessions, "sessions"),
        audit_log=spanned(storage.audit_log, "audit_log"),
        session_changes=spanned(storage.session_changes, "session_changes"),
        login_throttle=spanned(storage.login_throttle, "login_throttle"),
    )


def _spanner(port_name: str, tracer: Tracer, system: str) -> WrapCall:
    """What makes a span of a call, which is named after the port and the method."""

    def wrap(name: str, look_up: Callable[[], Call]) -> Call:
        summary = f"{name} {port_name}"
        attributes = {
            DB_SYSTEM_NAME: system,
            DB_OPERATION_NAME: name,
            DB_QUERY_SUMMARY: summary,
        }

        def spanned(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (those of the method)
            # The text of an error may have personal data, so no exception is recorded.
            with tracer.start_as_current_span(
                summary,
                kind=SpanKind.CLIENT,
                attributes=attributes,
                record_exception=False,
                set_status_on_exception=False,
            ) as span:
                try:
                    return look_up()(*arguments, **named)
                except BaseException as error:
                    _note(span, error)
                    raise

        return spanned

    return wrap


def _note(span: Span, error: BaseException) -> None:
    """Note that ``error`` ended the call. A refusal, such as of a taken id, is no fault."""
    span.set_attribute(ERROR_TYPE, type(error).__name__)
    is_refusal = isinstance(error, CustomerServiceError) and not isinstance(
        error, StoreFaultError | StoreUnavailableError
    )
    if not is_refusal:
        span.set_status(StatusCode.ERROR)
