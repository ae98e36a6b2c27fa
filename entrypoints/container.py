"""The composition root: which adapter stands behind which port."""

from typing import TypeVar

from dependency_injector import containers, providers

from ..adapters.bcrypt.password_hasher import BcryptPasswordHasher
from ..adapters.direct.session_checker import DirectSessionChecker
from ..adapters.email_validator.email_syntax import EmailValidatorSyntax
from ..adapters.forking.fork_safe_lock import no_fork
from ..adapters.memory.storage import memory_storage
from ..adapters.system.clock import SystemClock, corrected
from ..adapters.system.random_source import SystemRandomSource
from ..domain.services.audit_service import AuditService
from ..domain.services.audit_trail import AuditTrail
from ..domain.services.authorizer import Authorizer
from ..domain.services.customer_service import CustomerService
from ..domain.services.password_rules import PasswordRules
from ..domain.services.role_service import RoleService
from ..domain.services.session_check_service import SessionCheckService
from ..domain.services.session_feed_service import SessionFeedService
from ..domain.services.session_service import SessionService
from ..ports.storage import Storage
from .password_blocklist import make_password_blocklist
from .services import Services
from .settings import Settings

__all__ = ["Container", "make_container", "memory_container"]

_T = TypeVar("_T")


class _Singleton(providers.ThreadSafeSingleton[_T]):
    """Makes its part once. A fork waits for a part that another thread is making."""

    storage_lock = no_fork


def _dynamodb_storage(settings: Settings) -> Storage:
    from ..adapters.dynamodb.call_limits import CallLimits  # noqa: PLC0415 (boto3 is slow)
    from ..adapters.dynamodb.storage import dynamodb_storage  # noqa: PLC0415

    limits = CallLimits(
        connect_timeout=settings.dynamodb_connect_timeout_seconds,
        read_timeout=settings.dynamodb_read_timeout_seconds,
        attempts=settings.dynamodb_attempts,
        time_limit=settings.dynamodb_time_limit_seconds,
    )
    return dynamodb_storage(
        settings.dynamodb_endpoint,
        settings.table_prefix,
        limits=limits,
        connections=settings.threads,
        session_feed=settings.session_feed,
    )


class Container(containers.DeclarativeContainer):
    """Makes each part once, when first asked for.

    Any part can be replaced before that: ``container.clock.override(my_clock)``. The
    storage ports share the store's transactions, so ``storage`` replaces them together.
    """

    settings = providers.Dependency(instance_of=Settings)

    random_source = _Singleton(SystemRandomSource)
    email_syntax = _Singleton(EmailValidatorSyntax)
    password_hasher = _Singleton(BcryptPasswordHasher, rounds=settings.provided.bcrypt_rounds)
    password_blocklist = _Singleton(make_password_blocklist, settings)

    storage = providers.Selector(
        settings.provided.storage,
        memory=_Singleton(memory_storage),
        dynamodb=_Singleton(_dynamodb_storage, settings),
    )
    system_clock = _Singleton(SystemClock)
    clock = _Singleton(corrected, system_clock, storage.provided.time)
    customer_repository = storage.provided.customers
    session_repository = storage.provided.sessions
    audit_log = storage.provided.audit_log
    session_change_log = storage.provided.session_changes
    login_throttle = storage.provided.login_throttle
    store_probe = storage.provided.probe

    audit_trail = _Singleton(
        AuditTrail, audit_log=audit_log, clock=clock, random_source=random_source
    )
    authorizer = _Singleton(Authorizer, audit_trail=audit_trail)
    password_rules = _Singleton(
        PasswordRules, policy=settings.provided.password_policy, blocklist=password_blocklist
    )
    customers = _Singleton(
        CustomerService,
        customers=customer_repository,
        audit_trail=audit_trail,
        authorizer=authorizer,
        password_hasher=password_hasher,
        password_rules=password_rules,
        email_syntax=email_syntax,
        random_source=random_source,
        clock=clock,
        unique_email=settings.provided.unique_email,
    )
    session_check = _Singleton(
        SessionCheckService,
        sessions=session_repository,
        clock=clock,
        policy=settings.provided.session_policy,
    )
    session_checker = _Singleton(DirectSessionChecker, session_check)
    sessions = _Singleton(
        SessionService,
        sessions=session_repository,
        session_check=session_check,
        customers=customer_repository,
        login_throttle=login_throttle,
        audit_trail=audit_trail,
        authorizer=authorizer,
        password_hasher=password_hasher,
        password_rules=password_rules,
        email_syntax=email_syntax,
        random_source=random_source,
        clock=clock,
        policy=settings.provided.session_policy,
        unique_email=settings.provided.unique_email,
    )
    roles = _Singleton(
        RoleService,
        customers=customer_repository,
        audit_trail=audit_trail,
        authorizer=authorizer,
        password_hasher=password_hasher,
        password_rules=password_rules,
        random_source=random_source,
        clock=clock,
    )
    session_feed = _Singleton(SessionFeedService, session_changes=session_change_log, clock=clock)
    audit = _Singleton(AuditService, audit_log=audit_log, authorizer=authorizer)
    services = _Singleton(
        Services,
        customers=customers,
        sessions=sessions,
        roles=roles,
        audit=audit,
        session_feed=session_feed,
        probe=store_probe,
    )


def make_container(settings: Settings) -> Container:
    """The container of a deployment with these settings. Connects to nothing yet."""
    return Container(settings=providers.Object(settings))


def memory_container() -> Container:
    """A container for tests: everything real, stored in memory, with bcrypt at its cheapest.

    Passwords of five characters pass, common ones too. Each container has a store of its own.
    """
    return make_container(Settings.demo_from_environ({}))
