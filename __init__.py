"""The customer service of Cybershop: customers, login, logout and the session check.

This face loads only the domain and the ports: no web framework, no AWS library. The ways in
are modules of their own:

- ``cybershop_customer.entrypoints.container``: the library, in memory or on DynamoDB;
- ``cybershop_customer.entrypoints.http.app``: the WSGI application;
- ``cybershop-customer`` or ``python -m cybershop_customer``: the command line.
"""

from .domain.actor import ADMIN, OPERATOR, Actor
from .domain.attempt import Attempt, Charge
from .domain.audit import AuditPage, AuditRecord
from .domain.customer import Customer
from .domain.customer_export import CustomerExport
from .domain.customer_profile import (
    AddedCustomer,
    CustomerProfile,
)
from .domain.customer_update import CustomerUpdate, EmailChange, TokenCondition
from .domain.device import Device, DeviceUse
from .domain.email_address import EmailAddress
from .domain.errors import (
    CheckerUnavailableError,
    CustomerExistsError,
    CustomerNotFoundError,
    CustomerServiceError,
    EmailTakenError,
    FieldFault,
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    LoginRefusedError,
    LoginRequiredError,
    MailOffError,
    NotificationFailedError,
    RefusalReason,
    SelfRemovalError,
    ServiceBusyError,
    ServiceUnavailableError,
    SessionNotFoundError,
    SessionRefusedError,
    SettingsError,
    StoreFaultError,
    StoreUnavailableError,
    TokenRefusedError,
    TooManyAttemptsError,
    VersionConflictError,
    WrongPasswordError,
)
from .domain.idempotency_key import KeyedRegistration
from .domain.notification import Notification, NotificationKind
from .domain.one_time_token import OneTimeToken, StoredToken, TokenIssue, TokenPurpose
from .domain.policy import AccountPolicy, IdPolicy, PasswordPolicy, SessionPolicy, SourcePolicy
from .domain.rate_limit import RateLimit
from .domain.services.account_service import AccountService
from .domain.services.audit_service import AuditService
from .domain.services.customer_service import CustomerService
from .domain.services.email_verification_service import EmailVerificationService
from .domain.services.export_service import ExportService
from .domain.services.password_change_service import PasswordChangeService
from .domain.services.password_reset_service import PasswordResetService
from .domain.services.role_service import RoleService
from .domain.services.session_check_service import SessionCheckService
from .domain.services.session_feed_service import SessionFeedService
from .domain.services.session_service import SessionService
from .domain.services.throttle_service import ThrottleService
from .domain.session import (
    ContextId,
    CustomerWithSessions,
    LiveBounds,
    LoginResult,
    Revocation,
    Session,
)
from .domain.session_details import (
    SessionDetails,
    SessionSummary,
)
from .domain.session_feed import SessionChange, SessionFeedPage
from .domain.session_opening import SessionOpening
from .ports.audit_log import AuditLog
from .ports.background import Background
from .ports.breached_passwords import BreachedPasswords
from .ports.clock import Clock
from .ports.customer_client import (
    BearerClient,
    CustomerAdministration,
    CustomerClient,
)
from .ports.customer_repository import CustomerRepository
from .ports.email_syntax import EmailSyntax
from .ports.hashing_lane import HashingLane, HashingPlace
from .ports.login_throttle import LoginThrottle
from .ports.notifier import Notifier
from .ports.password_blocklist import PasswordBlocklist
from .ports.password_hasher import PasswordHasher
from .ports.random_source import RandomSource
from .ports.session_change_log import SessionChangeLog
from .ports.session_checker import SessionChecker
from .ports.session_feed import SessionFeed
from .ports.session_repository import SessionRepository
from .ports.storage import Storage
from .ports.store_probe import StoreProbe
from .ports.throttle import Throttle

__all__ = [
    "ADMIN",
    "OPERATOR",
    "AccountPolicy",
    "AccountService",
    "Actor",
    "AddedCustomer",
    "Attempt",
    "AuditLog",
    "AuditPage",
    "AuditRecord",
    "AuditService",
    "Background",
    "BearerClient",
    "BreachedPasswords",
    "Charge",
    "CheckerUnavailableError",
    "Clock",
    "ContextId",
    "Customer",
    "CustomerAdministration",
    "CustomerClient",
    "CustomerExistsError",
    "CustomerExport",
    "CustomerNotFoundError",
    "CustomerProfile",
    "CustomerRepository",
    "CustomerService",
    "CustomerServiceError",
    "CustomerUpdate",
    "CustomerWithSessions",
    "Device",
    "DeviceUse",
    "EmailAddress",
    "EmailChange",
    "EmailSyntax",
    "EmailTakenError",
    "EmailVerificationService",
    "ExportService",
    "FieldFault",
    "ForbiddenError",
    "HashingLane",
    "HashingPlace",
    "IdPolicy",
    "IdempotencyKeyReusedError",
    "InvalidInputError",
    "KeyedRegistration",
    "LiveBounds",
    "LoginRefusedError",
    "LoginRequiredError",
    "LoginResult",
    "LoginThrottle",
    "MailOffError",
    "Notification",
    "NotificationFailedError",
    "NotificationKind",
    "Notifier",
    "OneTimeToken",
    "PasswordBlocklist",
    "PasswordChangeService",
    "PasswordHasher",
    "PasswordPolicy",
    "PasswordResetService",
    "RandomSource",
    "RateLimit",
    "RefusalReason",
    "Revocation",
    "RoleService",
    "SelfRemovalError",
    "ServiceBusyError",
    "ServiceUnavailableError",
    "Session",
    "SessionChange",
    "SessionChangeLog",
    "SessionCheckService",
    "SessionChecker",
    "SessionDetails",
    "SessionFeed",
    "SessionFeedPage",
    "SessionFeedService",
    "SessionNotFoundError",
    "SessionOpening",
    "SessionPolicy",
    "SessionRefusedError",
    "SessionRepository",
    "SessionService",
    "SessionSummary",
    "SettingsError",
    "SourcePolicy",
    "Storage",
    "StoreFaultError",
    "StoreProbe",
    "StoreUnavailableError",
    "StoredToken",
    "Throttle",
    "ThrottleService",
    "TokenCondition",
    "TokenIssue",
    "TokenPurpose",
    "TokenRefusedError",
    "TooManyAttemptsError",
    "VersionConflictError",
    "WrongPasswordError",
]
