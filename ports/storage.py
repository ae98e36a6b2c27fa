"""The storage ports of one store, as one value."""

from collections.abc import Callable
from dataclasses import dataclass

from .audit_log import AuditLog
from .customer_repository import CustomerRepository
from .login_throttle import LoginThrottle
from .session_change_log import SessionChangeLog
from .session_repository import SessionRepository
from .store_probe import StoreProbe
from .store_time import StoreTime


def nothing_to_close() -> None:
    """Return. This is ``close`` for a store without connections."""


@dataclass(frozen=True, slots=True)
class Storage:
    """The storage ports of one store. They share its transactions, so replace them together."""

    customers: CustomerRepository
    sessions: SessionRepository
    audit_log: AuditLog
    session_changes: SessionChangeLog
    login_throttle: LoginThrottle
    probe: StoreProbe
    close: Callable[[], object] = nothing_to_close
    """Closes this process's connections to the store. The ports must not be used afterwards."""
    time: StoreTime | None = None
    """Corrects the machine's clock; None if the store has no clock of its own."""
    schema: int | None = None
    """The version of what the store keeps; None if that ends with the process."""
