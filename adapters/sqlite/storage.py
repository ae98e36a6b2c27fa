"""The storage in one file: all of its ports together."""

from datetime import timedelta

from ...domain.audit import DEFAULT_RETENTION
from ...ports.storage import Storage
from .audit_log import SQLiteAuditLog
from .customer_repository import SQLiteCustomerRepository
from .database import Database
from .database_file import DatabaseFile
from .login_throttle import SQLiteLoginThrottle
from .schema import MIGRATIONS
from .session_change_log import SQLiteSessionChangeLog
from .session_repository import SQLiteSessionRepository
from .store_probe import SQLiteStoreProbe


def sqlite_storage(
    file: DatabaseFile, *, audit_retention: timedelta = DEFAULT_RETENTION
) -> Storage:
    """Make the storage in ``file``. Opens nothing yet."""
    database = Database(file, audit_retention=audit_retention)
    return Storage(
        customers=SQLiteCustomerRepository(database),
        sessions=SQLiteSessionRepository(database),
        audit_log=SQLiteAuditLog(database),
        session_changes=SQLiteSessionChangeLog(database),
        login_throttle=SQLiteLoginThrottle(database),
        probe=SQLiteStoreProbe(database),
        close=database.close,
        schema=len(MIGRATIONS),
    )
