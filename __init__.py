"""The customer service of Cybershop: customers, login, logout and the session check.

This face loads only the domain and the ports, each module when a name of it is first used. The
ways in are modules of their own:

- ``cybershop_customer.entrypoints.client``: the client for other programs;
- ``cybershop_customer.entrypoints.session_checkers``: the session check for other services;
- ``cybershop_customer.entrypoints.container``: the library, in memory or on a store;
- ``cybershop_customer.entrypoints.http.app``: the WSGI application;
- ``cybershop-customer`` or ``python -m cybershop_customer``: the command line.

The first two need no other package. The others need the extra ``service``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .domain.actor import ADMIN, OPERATOR, Actor
    from .domain.attempt import Attempt, Charge
    from .domain.audit import AuditPage, AuditRecord
    from .domain.customer import Customer
    from .domain.customer_addition import CustomerAddition
    from .domain.customer_export import CustomerExport
    from .domain.customer_page import CustomerPage
    from .domain.customer_profile import AddedCustomer, CustomerProfile
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
    from .domain.imported_customer import ImportedCustomer, ImportRules
    from .domain.lockout import Lockout, LoginName
    from .domain.notification import Notification, NotificationKind
    from .domain.one_time_token import OneTimeToken, StoredToken, TokenIssue, TokenPurpose
    from .domain.policy import AccountPolicy, IdPolicy, PasswordPolicy, SessionPolicy, SourcePolicy
    from .domain.rate_limit import RateLimit
    from .domain.services.account_service import AccountService
    from .domain.services.audit_service import AuditService
    from .domain.services.customer_import_service import CustomerImportService
    from .domain.services.customer_list_service import CustomerListService
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
    from .domain.session_details import SessionDetails, SessionSummary
    from .domain.session_feed import SessionChange, SessionFeedPage
    from .domain.session_opening import SessionOpening
    from .domain.trace_context import trace_context
    from .ports.audit_log import AuditLog
    from .ports.background import Background
    from .ports.breached_passwords import BreachedPasswords
    from .ports.clock import Clock
    from .ports.customer_client import BearerClient, CustomerAdministration, CustomerClient
    from .ports.customer_repository import CustomerRepository
    from .ports.email_syntax import EmailSyntax
    from .ports.hashing_lane import HashingLane, HashingPlace
    from .ports.login_throttle import LoginThrottle
    from .ports.notifier import Notifier
    from .ports.password_blocklist import PasswordBlocklist
    from .ports.password_hash_formats import PasswordHashFormats
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
    "CustomerAddition",
    "CustomerAdministration",
    "CustomerClient",
    "CustomerExistsError",
    "CustomerExport",
    "CustomerImportService",
    "CustomerListService",
    "CustomerNotFoundError",
    "CustomerPage",
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
    "ImportRules",
    "ImportedCustomer",
    "InvalidInputError",
    "KeyedRegistration",
    "LiveBounds",
    "Lockout",
    "LoginName",
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
    "PasswordHashFormats",
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
    "trace_context",
]

_NAMES: Final = {
    "domain.actor": ("ADMIN", "OPERATOR", "Actor"),
    "domain.attempt": ("Attempt", "Charge"),
    "domain.audit": ("AuditPage", "AuditRecord"),
    "domain.customer": ("Customer",),
    "domain.customer_export": ("CustomerExport",),
    "domain.customer_page": ("CustomerPage",),
    "domain.customer_profile": ("AddedCustomer", "CustomerProfile"),
    "domain.customer_update": ("CustomerUpdate", "EmailChange", "TokenCondition"),
    "domain.device": ("Device", "DeviceUse"),
    "domain.email_address": ("EmailAddress",),
    "domain.errors": (
        "CheckerUnavailableError",
        "CustomerExistsError",
        "CustomerNotFoundError",
        "CustomerServiceError",
        "EmailTakenError",
        "FieldFault",
        "ForbiddenError",
        "IdempotencyKeyReusedError",
        "InvalidInputError",
        "LoginRefusedError",
        "LoginRequiredError",
        "MailOffError",
        "NotificationFailedError",
        "RefusalReason",
        "SelfRemovalError",
        "ServiceBusyError",
        "ServiceUnavailableError",
        "SessionNotFoundError",
        "SessionRefusedError",
        "SettingsError",
        "StoreFaultError",
        "StoreUnavailableError",
        "TokenRefusedError",
        "TooManyAttemptsError",
        "VersionConflictError",
        "WrongPasswordError",
    ),
    "domain.idempotency_key": ("KeyedRegistration",),
    "domain.lockout": ("Lockout", "LoginName"),
    "domain.notification": ("Notification", "NotificationKind"),
    "domain.one_time_token": ("OneTimeToken", "StoredToken", "TokenIssue", "TokenPurpose"),
    "domain.policy": (
        "AccountPolicy",
        "IdPolicy",
        "PasswordPolicy",
        "SessionPolicy",
        "SourcePolicy",
    ),
    "domain.rate_limit": ("RateLimit",),
    "domain.services.account_service": ("AccountService",),
    "domain.services.audit_service": ("AuditService",),
    "domain.services.customer_list_service": ("CustomerListService",),
    "domain.services.customer_service": ("CustomerService",),
    "domain.services.email_verification_service": ("EmailVerificationService",),
    "domain.services.export_service": ("ExportService",),
    "domain.services.password_change_service": ("PasswordChangeService",),
    "domain.services.password_reset_service": ("PasswordResetService",),
    "domain.services.role_service": ("RoleService",),
    "domain.services.session_check_service": ("SessionCheckService",),
    "domain.services.session_feed_service": ("SessionFeedService",),
    "domain.services.session_service": ("SessionService",),
    "domain.services.throttle_service": ("ThrottleService",),
    "domain.session": (
        "ContextId",
        "CustomerWithSessions",
        "LiveBounds",
        "LoginResult",
        "Revocation",
        "Session",
    ),
    "domain.session_details": ("SessionDetails", "SessionSummary"),
    "domain.session_feed": ("SessionChange", "SessionFeedPage"),
    "domain.session_opening": ("SessionOpening",),
    "domain.trace_context": ("trace_context",),
    "ports.audit_log": ("AuditLog",),
    "ports.background": ("Background",),
    "ports.breached_passwords": ("BreachedPasswords",),
    "ports.clock": ("Clock",),
    "ports.customer_client": ("BearerClient", "CustomerAdministration", "CustomerClient"),
    "ports.customer_repository": ("CustomerRepository",),
    "ports.email_syntax": ("EmailSyntax",),
    "ports.hashing_lane": ("HashingLane", "HashingPlace"),
    "ports.login_throttle": ("LoginThrottle",),
    "ports.notifier": ("Notifier",),
    "ports.password_blocklist": ("PasswordBlocklist",),
    "domain.customer_addition": ("CustomerAddition",),
    "domain.imported_customer": ("ImportRules", "ImportedCustomer"),
    "domain.services.customer_import_service": ("CustomerImportService",),
    "ports.password_hash_formats": ("PasswordHashFormats",),
    "ports.password_hasher": ("PasswordHasher",),
    "ports.random_source": ("RandomSource",),
    "ports.session_change_log": ("SessionChangeLog",),
    "ports.session_checker": ("SessionChecker",),
    "ports.session_feed": ("SessionFeed",),
    "ports.session_repository": ("SessionRepository",),
    "ports.storage": ("Storage",),
    "ports.store_probe": ("StoreProbe",),
    "ports.throttle": ("Throttle",),
}
"""The names of this face by their modules, for the running program: as the imports above."""
_MODULES: Final = {name: module for module, names in _NAMES.items() for name in names}

# Type checkers must not see it: they would then accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load ``name`` of this face from its module (PEP 562)."""
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from .adapters.forking.fork_safe_lock import no_fork  # noqa: PLC0415

        # A child that was forked during an import would wait forever for its end.
        with no_fork:
            value: object = getattr(import_module(f".{module}", __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return [*__all__, *(name for name in globals() if name.startswith("__"))]
