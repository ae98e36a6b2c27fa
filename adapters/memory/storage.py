"""All storage ports in memory."""

from collections.abc import Callable

from ...ports.storage import Storage
from ...ports.store_probe import StoreProbe
from .audit_log import MemoryAuditLog
from .customer_repository import MemoryCustomerRepository
from .login_throttle import MemoryLoginThrottle
from .session_change_log import MemorySessionChangeLog
from .session_repository import MemorySessionRepository
from .tables import Tables


class MemoryStoreProbe(StoreProbe):
    """Memory can always serve."""

    def probe(self) -> None:
        """Do nothing: memory is always available."""


def memory_storage(monotonic: Callable[[], float] | None = None) -> Storage:
    """A new, empty store.

    Args:
        monotonic: returns the time in seconds. Counts of login attempts and entries of the session
            change feed age by it. The default is the machine's; a test may pass its own.
    """
    tables = Tables() if monotonic is None else Tables(monotonic)
    return Storage(
        customers=MemoryCustomerRepository(tables),
        sessions=MemorySessionRepository(tables),
        audit_log=MemoryAuditLog(tables),
        session_changes=MemorySessionChangeLog(tables),
        login_throttle=MemoryLoginThrottle(tables),
        probe=MemoryStoreProbe(),
    )
