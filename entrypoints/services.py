"""The use cases of the service as one value, and the one function that composes them."""

from dataclasses import dataclass

from ..domain.policy import AccountPolicy, IdPolicy, PasswordPolicy, SessionPolicy, SourcePolicy
from ..domain.services.account_service import AccountService
from ..domain.services.attempt_budgets import AttemptBudgets
from ..domain.services.audit_service import AuditService
from ..domain.services.audit_trail import AuditTrail
from ..domain.services.authorizer import Authorizer
from ..domain.services.customer_service import CustomerService
from ..domain.services.email_verification_service import EmailVerificationService
from ..domain.services.emails import Emails
from ..domain.services.export_service import ExportService
from ..domain.services.login_service import LoginService
from ..domain.services.mailer import Mailer
from ..domain.services.named_customers import NamedCustomers
from ..domain.services.new_sessions import NewSessions
from ..domain.services.one_time_tokens import OneTimeTokens
from ..domain.services.password_change_service import PasswordChangeService
from ..domain.services.password_reset_service import PasswordResetService
from ..domain.services.password_rules import PasswordRules
from ..domain.services.passwords import Passwords
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
from ..ports.password_hasher import PasswordHasher
from ..ports.random_source import RandomSource
from ..ports.session_feed import SessionFeed
from ..ports.storage import Storage
from ..ports.store_probe import StoreProbe
from ..ports.throttle import Throttle


@dataclass(frozen=True, slots=True)
class SessionReaders:
    """The use cases of a process that only checks sessions, such as another service's."""

    session_check: SessionCheckService
    session_feed: SessionFeed


@dataclass(frozen=True, slots=True)
class Services:
    """All use cases of the service. They do not depend on the store or on the kind of caller."""

    customers: CustomerService
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
    return SessionReaders(
        session_check=SessionCheckService(sessions=storage.sessions, clock=clock, policy=policy),
        session_feed=SessionFeedService(session_changes=storage.session_changes, clock=clock),
    )


def compose_services(
    storage: Storage,
    *,
    clock: Clock,
    random_source: RandomSource,
    email_syntax: EmailSyntax,
    password_hasher: PasswordHasher,
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
    authorizer = Authorizer(audit_trail, clock, account_policy)
    rules = PasswordRules(password_policy, password_blocklist)
    passwords = Passwords(password_hasher, rules, hashing_lane, breached_passwords)
    emails = Emails(email_syntax, unique=unique_email)
    readers = compose_session_readers(storage, clock=clock, policy=session_policy)
    budgets = AttemptBudgets(
        login_throttle=storage.login_throttle,
        source_throttle=source_throttle,
        throttle_records=ThrottleRecords(audit_trail, record_throttle),
        clock=clock,
        session_policy=session_policy,
        source_policy=source_policy,
        account_policy=account_policy,
    )
    mailer = Mailer(notifier, background, account_policy)
    named_customers = NamedCustomers(customers=storage.customers, emails=emails, clock=clock)
    tokens = OneTimeTokens(
        customers=storage.customers,
        audit_trail=audit_trail,
        random_source=random_source,
        clock=clock,
    )
    verification = EmailVerificationService(
        customers=storage.customers,
        named_customers=named_customers,
        tokens=tokens,
        audit_trail=audit_trail,
        budgets=budgets,
        mailer=mailer,
        emails=emails,
        policy=account_policy,
    )
    new_sessions = NewSessions(clock=clock, random_source=random_source, policy=session_policy)
    customers = CustomerService(
        customers=storage.customers,
        audit_trail=audit_trail,
        authorizer=authorizer,
        budgets=budgets,
        passwords=passwords,
        emails=emails,
        random_source=random_source,
        clock=clock,
        id_policy=id_policy,
        account_policy=account_policy,
        verification=verification,
        mailer=mailer,
    )
    accounts = AccountService(
        customers=storage.customers,
        audit_trail=audit_trail,
        authorizer=authorizer,
        budgets=budgets,
        verification=verification,
        mailer=mailer,
        emails=emails,
        clock=clock,
        id_policy=id_policy,
    )
    password_change = PasswordChangeService(
        customers=storage.customers,
        sessions=storage.sessions,
        new_sessions=new_sessions,
        audit_trail=audit_trail,
        budgets=budgets,
        passwords=passwords,
        mailer=mailer,
        clock=clock,
    )
    password_reset = PasswordResetService(
        customers=storage.customers,
        named_customers=named_customers,
        tokens=tokens,
        audit_trail=audit_trail,
        budgets=budgets,
        mailer=mailer,
        passwords=passwords,
        policy=account_policy,
    )
    login_service = LoginService(
        sessions=storage.sessions,
        customers=storage.customers,
        budgets=budgets,
        audit_trail=audit_trail,
        passwords=passwords,
        emails=emails,
        new_sessions=new_sessions,
        clock=clock,
        policy=session_policy,
    )
    sessions = SessionService(
        sessions=storage.sessions,
        login_service=login_service,
        session_check=readers.session_check,
        audit_trail=audit_trail,
        audit_log=storage.audit_log,
        authorizer=authorizer,
        clock=clock,
        policy=session_policy,
    )
    exports = ExportService(
        sessions=storage.sessions,
        session_service=sessions,
        audit_log=storage.audit_log,
        audit_trail=audit_trail,
        authorizer=authorizer,
        budgets=budgets,
        clock=clock,
    )
    roles = RoleService(
        customers=storage.customers,
        audit_trail=audit_trail,
        authorizer=authorizer,
        passwords=passwords,
        random_source=random_source,
        clock=clock,
    )
    throttle = ThrottleService(
        sessions=storage.sessions,
        login_throttle=storage.login_throttle,
        audit_trail=audit_trail,
        authorizer=authorizer,
        clock=clock,
    )
    return Services(
        customers=customers,
        sessions=sessions,
        accounts=accounts,
        password_change=password_change,
        password_reset=password_reset,
        email_verification=verification,
        exports=exports,
        session_check=readers.session_check,
        roles=roles,
        throttle=throttle,
        audit=AuditService(audit_log=storage.audit_log, authorizer=authorizer),
        session_feed=readers.session_feed,
        probe=storage.probe,
    )
