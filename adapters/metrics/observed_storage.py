"""The storage ports of a store, with their calls counted."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any, Final, TypeVar, cast

from ...domain.audit import AuditRecord
from ...domain.customer import Customer
from ...domain.customer_update import CustomerUpdate
from ...domain.errors import StoreFaultError, StoreUnavailableError
from ...domain.session_opening import SessionOpening
from ...ports.storage import Storage
from ..wrapped_port import Call, WrapCall, WrappedPort
from .service_metrics import ServiceMetrics

PortT = TypeVar("PortT")

PORTS: Final = (
    "customers",
    "sessions",
    "audit_log",
    "session_changes",
    "login_throttle",
    "probe",
)
"""The ports of ``Storage`` whose calls are counted."""

EVICTED: Final = "evicted"
"""The reason of a session that ended because its customer had too many, or logged in again."""
EXPIRED: Final = "expired"
"""The reason of a session that had expired, and was removed at the next login."""


def observed_storage(storage: Storage, metrics: ServiceMetrics) -> Storage:
    """``storage`` with the same ports, each of which counts and times its calls."""
    ports = {name: _observed(getattr(storage, name), name, metrics) for name in PORTS}
    ports["sessions"] = cast("Any", _Sessions(storage.sessions, metrics))
    ports["customers"] = cast("Any", _Customers(storage.customers, metrics))
    return replace(storage, **ports)


def _observed(port: PortT, name: str, metrics: ServiceMetrics) -> PortT:
    return cast("PortT", WrappedPort(port, _observer(name, metrics)))


def _observer(port_name: str, metrics: ServiceMetrics) -> WrapCall:
    """What counts and times a call of the port ``port_name``."""

    def wrap(name: str, look_up: Callable[[], Call]) -> Call:
        operation = f"{port_name}.{name}"
        observe = metrics.store_calls[operation,].quick_observe

        def observed(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (those of the method)
            began = perf_counter()
            try:
                return look_up()(*arguments, **named)
            except StoreUnavailableError:
                metrics.store_failures[operation, "unavailable"].inc()
                raise
            except StoreFaultError:
                metrics.store_failures[operation, "fault"].inc()
                raise
            finally:
                observe(perf_counter() - began)

        return observed

    return wrap


class _Sessions(WrappedPort):
    """The session repository. It counts the sessions that are opened and ended too."""

    def __init__(self, port: object, metrics: ServiceMetrics) -> None:
        super().__init__(port, _observer("sessions", metrics))
        self._metrics = metrics
        count = self._counted
        self._open = self._wrapped("open")
        self.close = count("close")
        self.close_others = count("close_others")
        self.close_all = count("close_all")

    def open(self, opening: SessionOpening, record: AuditRecord) -> None:
        """As ``SessionRepository.open``."""
        self._open(opening, record)
        metrics = self._metrics
        metrics.sessions_opened[record.operation_name,].inc()
        for reason, ended in ((EVICTED, opening.evicted), (EXPIRED, opening.expired)):
            if ended:
                metrics.sessions_ended[reason,].inc(len(ended))

    def _counted(self, name: str) -> Callable[..., bool]:
        """The method ``name``, which ends sessions. Its last argument is the record."""
        method = self._wrapped(name)

        def call(*arguments: Any) -> bool:  # noqa: ANN401 (those of the method)
            changed: bool = method(*arguments)
            if changed:
                record: AuditRecord = arguments[-1]
                self._metrics.sessions_ended[record.operation_name,].inc()
            return changed

        return call


class _Customers(WrappedPort):
    """The customer repository. It counts the sessions that its changes open and end too."""

    def __init__(self, port: object, metrics: ServiceMetrics) -> None:
        super().__init__(port, _observer("customers", metrics))
        self._metrics = metrics
        self._update = self._wrapped("update")
        self._delete = self._wrapped("delete")

    def update(self, update: CustomerUpdate, record: AuditRecord) -> None:
        """As ``CustomerRepository.update``."""
        self._update(update, record)
        if update.removes_sessions:
            self._metrics.sessions_ended[record.operation_name,].inc()
        if update.session is not None:
            self._metrics.sessions_opened[record.operation_name,].inc()

    def delete(self, customer: Customer, record: AuditRecord, **named: Any) -> None:  # noqa: ANN401
        """As ``CustomerRepository.delete``."""
        self._delete(customer, record, **named)
        self._metrics.sessions_ended[record.operation_name,].inc()
