"""The in-memory store as a whole."""

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
    """Memory is always there."""

    def probe(self) -> None:
        """Return: there is nothing to ask."""


def memory_storage(monotonic: Callable[[], float] | None = None) -> Storage:
    """A new, empty store.

    Args:
        monotonic: the time in seconds by which counts of login attempts and entries of the feed
            age; the machine's, unless a test moves one of its own.
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
