"""The storage ports in memory, as one value."""

from collections.abc import Callable
from datetime import timedelta

from ...domain.audit import DEFAULT_RETENTION
from ...ports.storage import Storage
from ...ports.store_probe import StoreProbe
from ..runtime import monotonic as system_monotonic
from .audit_log import MemoryAuditLog
from .customer_repository import MemoryCustomerRepository
from .session_change_log import MemorySessionChangeLog
from .session_repository import MemorySessionRepository
from .tables import Tables
from .throttle import MemoryLoginThrottle


class MemoryStoreProbe(StoreProbe):
    """Always succeeds, since memory is always available."""

    def probe(self) -> None:
        """Return."""


def memory_storage(
    monotonic: Callable[[], float] | None = None,
    *,
    audit_retention: timedelta = DEFAULT_RETENTION,
) -> Storage:
    """A new, empty store.

    Args:
        monotonic: returns the time in seconds by which feed entries and audit records age. The
            default is the machine's monotonic clock.
        audit_retention: how long audit records are kept.
    """
    tables = Tables(monotonic or system_monotonic, audit_retention)
    return Storage(
        customers=MemoryCustomerRepository(tables),
        sessions=MemorySessionRepository(tables),
        audit_log=MemoryAuditLog(tables),
        session_changes=MemorySessionChangeLog(tables),
        login_throttle=MemoryLoginThrottle(tables),
        probe=MemoryStoreProbe(),
    )
