"""The use cases of the service as one value, and the one function that composes them."""

from dataclasses import dataclass

from ..adapters.forking.process_local import ProcessLocal
from ..domain.policy import AccountPolicy, IdPolicy, PasswordPolicy, SessionPolicy, SourcePolicy
from ..domain.services.account_service import AccountService
from ..domain.services.attempt_budgets import AttemptBudgets
from ..domain.services.audit_service import AuditService
from ..domain.services.audit_trail import AuditTrail
from ..domain.services.authorizer import Authorizer
from ..domain.services.customer_import_service import CustomerImportService
from ..domain.services.customer_list_service import CustomerListService
from ..domain.services.customer_service import CustomerService
from ..domain.services.email_verification_service import EmailVerificationService
from ..domain.services.emails import Emails
from ..domain.services.export_service import ExportService
from ..domain.services.feed_reader import FeedReader
from ..domain.services.login_service import LoginService
from ..domain.services.mailer import Mailer
from ..domain.services.named_customers import NamedCustomers
from ..domain.services.new_sessions import NewSessions
from ..domain.services.one_time_tokens import OneTimeTokens
from ..domain.services.password_change_service import PasswordChangeService
from ..domain.services.password_reset_service import PasswordResetService
from ..domain.services.password_rules import PasswordRules
from ..domain.services.passwords import Passwords
from ..domain.services.registrations import Registrations
from ..domain.services.repeated_registrations import RepeatedRegistrations
from ..domain.services.role_service import RoleService
from ..domain.services.session_check_service import SessionCheckService
from ..domain.services.session_feed_service import SessionFeedService
from ..domain.services.session_service import SessionService
from ..domain.services.throttle_records import ThrottleRecords
from ..domain.services.throttle_service import ThrottleService
from ..ports.background import Background
from ..ports.breached_passwords import BreachedPasswords
from ..ports.clock import Clock
from ..ports.email_syntax import EmailSyntax
from ..ports.hashing_lane import HashingLane
from ..ports.notifier import Notifier
from ..ports.password_blocklist import PasswordBlocklist
from ..ports.password_hash_formats import PasswordHashFormats
from ..ports.password_hasher import PasswordHasher
from ..ports.random_source import RandomSource
from ..ports.session_feed import SessionFeed
from ..ports.storage import Storage
from ..ports.store_probe import StoreProbe
from ..ports.throttle import Throttle

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class SessionReaders:
    """The use cases of a process that only checks sessions, such as another service's."""

    session_check: SessionCheckService
    session_feed: SessionFeed


@dataclass(frozen=True, slots=True)
class Services:
    """All use cases of the service. They do not depend on the store or on the kind of caller."""

    customers: CustomerService
    customer_import: CustomerImportService
    customer_list: CustomerListService
    sessions: SessionService
    accounts: AccountService
    password_change: PasswordChangeService
    password_reset: PasswordResetService
    email_verification: EmailVerificationService
    exports: ExportService
    session_check: SessionCheckService
    roles: RoleService
    throttle: ThrottleService
    audit: AuditService
    session_feed: SessionFeed
    probe: StoreProbe


def compose_session_readers(
    storage: Storage, *, clock: Clock, policy: SessionPolicy
) -> SessionReaders:
    """Compose the use cases that read sessions. They need only the store, a clock and a policy."""
    readers = ProcessLocal(lambda: FeedReader(storage.session_changes, clock))
    return SessionReaders(
        session_check=SessionCheckService(sessions=storage.sessions, clock=clock, policy=policy),
        session_feed=SessionFeedService(
            session_changes=storage.session_changes, clock=clock, reader=readers.get
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What several use cases have in common."""

    storage: Storage
    clock: Clock
    random_source: RandomSource
    audit_trail: AuditTrail
    authorizer: Authorizer
    budgets: AttemptBudgets
    passwords: Passwords
    emails: Emails
    mailer: Mailer
    named_customers: NamedCustomers
    tokens: OneTimeTokens
    new_sessions: NewSessions
    session_policy: SessionPolicy
    id_policy: IdPolicy
    account_policy: AccountPolicy


def compose_services(
    storage: Storage,
    *,
    clock: Clock,
    random_source: RandomSource,
    email_syntax: EmailSyntax,
    password_hasher: PasswordHasher,
    password_hash_formats: PasswordHashFormats,
    password_blocklist: PasswordBlocklist,
    breached_passwords: BreachedPasswords,
    hashing_lane: HashingLane,
    source_throttle: Throttle,
    record_throttle: Throttle,
    password_policy: PasswordPolicy,
    session_policy: SessionPolicy,
    source_policy: SourcePolicy,
    id_policy: IdPolicy,
    account_policy: AccountPolicy,
    notifier: Notifier | None,
    background: Background,
    unique_email: bool = True,
) -> Services:
    """Compose all use cases from the ports and the policies."""
    audit_trail = AuditTrail(storage.audit_log, clock, random_source)
    emails = Emails(email_syntax, unique=unique_email)
    rules = PasswordRules(password_policy, password_blocklist)
    shared = _Shared(
        storage=storage,
        clock=clock,
        random_source=random_source,
        audit_trail=audit_trail,
        authorizer=Authorizer(audit_trail, clock, account_policy),
        budgets=AttemptBudgets(
            login_throttle=storage.login_throttle,
            source_throttle=source_throttle,
            throttle_records=ThrottleRecords(audit_trail, record_throttle),
            clock=clock,
            session_policy=session_policy,
            source_policy=source_policy,
            account_policy=account_policy,
        ),
        passwords=Passwords(password_hasher, rules, hashing_lane, breached_passwords),
        emails=emails,
        mailer=Mailer(notifier, background, account_policy),
        named_customers=NamedCustomers(customers=storage.customers, emails=emails, clock=clock),
        tokens=OneTimeTokens(
            customers=storage.customers,
            audit_trail=audit_trail,
            random_source=random_source,
            clock=clock,
        ),
        new_sessions=NewSessions(clock=clock, random_source=random_source, policy=session_policy),
        session_policy=session_policy,
        id_policy=id_policy,
        account_policy=account_policy,
    )
    readers = compose_session_readers(storage, clock=clock, policy=session_policy)
    verification = _email_verification(shared)
    sessions = _sessions(shared, readers.session_check)
    return Services(
        customers=_customers(shared, verification),
        customer_import=_customer_import(shared, password_hash_formats),
        customer_list=_customer_list(shared),
        sessions=sessions,
        accounts=_accounts(shared, verification),
        password_change=_password_change(shared),
        password_reset=_password_reset(shared),
        email_verification=verification,
        exports=_exports(shared, sessions),
        session_check=readers.session_check,
        roles=_roles(shared),
        throttle=_throttle(shared),
        audit=AuditService(audit_log=storage.audit_log, authorizer=shared.authorizer),
        session_feed=readers.session_feed,
        probe=storage.probe,
    )


def _email_verification(shared: _Shared) -> EmailVerificationService:
    return EmailVerificationService(
        customers=shared.storage.customers,
        named_customers=shared.named_customers,
        tokens=shared.tokens,
        audit_trail=shared.audit_trail,
        budgets=shared.budgets,
        mailer=shared.mailer,
        emails=shared.emails,
        policy=shared.account_policy,
    )


def _customers(shared: _Shared, verification: EmailVerificationService) -> CustomerService:
    return CustomerService(
        customers=shared.storage.customers,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        registrations=_registrations(shared, verification),
        passwords=shared.passwords,
        emails=shared.emails,
        random_source=shared.random_source,
        clock=shared.clock,
        id_policy=shared.id_policy,
        verification=verification,
        mailer=shared.mailer,
    )


def _customer_list(shared: _Shared) -> CustomerListService:
    return CustomerListService(
        customers=shared.storage.customers,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        emails=shared.emails,
        clock=shared.clock,
    )


def _customer_import(shared: _Shared, formats: PasswordHashFormats) -> CustomerImportService:
    return CustomerImportService(
        customers=shared.storage.customers,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        passwords=shared.passwords,
        hash_formats=formats,
        emails=shared.emails,
        random_source=shared.random_source,
        clock=shared.clock,
        id_policy=shared.id_policy,
    )


def _registrations(shared: _Shared, verification: EmailVerificationService) -> Registrations:
    repeated = RepeatedRegistrations(
        customers=shared.storage.customers,
        budgets=shared.budgets,
        audit_trail=shared.audit_trail,
        passwords=shared.passwords,
        clock=shared.clock,
    )
    return Registrations(
        customers=shared.storage.customers,
        repeated=repeated,
        audit_trail=shared.audit_trail,
        budgets=shared.budgets,
        passwords=shared.passwords,
        emails=shared.emails,
        random_source=shared.random_source,
        clock=shared.clock,
        id_policy=shared.id_policy,
        account_policy=shared.account_policy,
        verification=verification,
    )


def _accounts(shared: _Shared, verification: EmailVerificationService) -> AccountService:
    return AccountService(
        customers=shared.storage.customers,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        budgets=shared.budgets,
        verification=verification,
        mailer=shared.mailer,
        emails=shared.emails,
        clock=shared.clock,
        id_policy=shared.id_policy,
    )


def _password_change(shared: _Shared) -> PasswordChangeService:
    return PasswordChangeService(
        customers=shared.storage.customers,
        sessions=shared.storage.sessions,
        new_sessions=shared.new_sessions,
        audit_trail=shared.audit_trail,
        budgets=shared.budgets,
        passwords=shared.passwords,
        mailer=shared.mailer,
        clock=shared.clock,
    )


def _password_reset(shared: _Shared) -> PasswordResetService:
    return PasswordResetService(
        named_customers=shared.named_customers,
        tokens=shared.tokens,
        audit_trail=shared.audit_trail,
        budgets=shared.budgets,
        mailer=shared.mailer,
        passwords=shared.passwords,
        policy=shared.account_policy,
    )


def _login(shared: _Shared) -> LoginService:
    return LoginService(
        sessions=shared.storage.sessions,
        customers=shared.storage.customers,
        budgets=shared.budgets,
        audit_trail=shared.audit_trail,
        passwords=shared.passwords,
        emails=shared.emails,
        new_sessions=shared.new_sessions,
        clock=shared.clock,
        policy=shared.session_policy,
    )


def _sessions(shared: _Shared, session_check: SessionCheckService) -> SessionService:
    return SessionService(
        sessions=shared.storage.sessions,
        login_service=_login(shared),
        session_check=session_check,
        audit_trail=shared.audit_trail,
        audit_log=shared.storage.audit_log,
        authorizer=shared.authorizer,
        clock=shared.clock,
        policy=shared.session_policy,
    )


def _exports(shared: _Shared, session_service: SessionService) -> ExportService:
    return ExportService(
        sessions=shared.storage.sessions,
        session_service=session_service,
        audit_log=shared.storage.audit_log,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        budgets=shared.budgets,
        clock=shared.clock,
    )


def _roles(shared: _Shared) -> RoleService:
    return RoleService(
        customers=shared.storage.customers,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        passwords=shared.passwords,
        random_source=shared.random_source,
        clock=shared.clock,
    )


def _throttle(shared: _Shared) -> ThrottleService:
    return ThrottleService(
        sessions=shared.storage.sessions,
        login_throttle=shared.storage.login_throttle,
        audit_trail=shared.audit_trail,
        authorizer=shared.authorizer,
        clock=shared.clock,
        policy=shared.session_policy,
    )
