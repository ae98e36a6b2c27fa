"""The use cases of the service, as one value."""

from dataclasses import dataclass

from ..domain.services.audit_service import AuditService
from ..domain.services.customer_service import CustomerService
from ..domain.services.role_service import RoleService
from ..domain.services.session_service import SessionService
from ..ports.session_feed import SessionFeed
from ..ports.store_probe import StoreProbe


@dataclass(frozen=True, slots=True)
class Services:
    """What the service can do, however it is stored and whoever calls."""

    customers: CustomerService
    sessions: SessionService
    roles: RoleService
    audit: AuditService
    session_feed: SessionFeed
    probe: StoreProbe
