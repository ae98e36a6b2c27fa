"""The composition root: which adapter stands behind which port."""

from typing import TypeVar

from dependency_injector import containers, providers

from ..adapters.bcrypt.password_hasher import BcryptPasswordHasher
from ..adapters.direct.session_checker import DirectSessionChecker
from ..adapters.email_validator.email_syntax import EmailValidatorSyntax
from ..adapters.forking.fork_safe_lock import no_fork
from ..adapters.memory.hashing_lane import MemoryHashingLane
from ..adapters.memory.storage import memory_storage
from ..adapters.memory.throttle import MemoryThrottle
from ..adapters.system.clock import SystemClock, corrected_clock
from ..adapters.system.random_source import SystemRandomSource
from ..domain.policy import SourcePolicy
from ..domain.services.audit_service import AuditService
from ..domain.services.customer_service import CustomerService
from ..domain.services.role_service import RoleService
from ..domain.services.session_check_service import SessionCheckService
from ..domain.services.session_service import SessionService
from ..ports.audit_log import AuditLog
from ..ports.customer_repository import CustomerRepository
from ..ports.login_throttle import LoginThrottle
from ..ports.password_hasher import PasswordHasher
from ..ports.session_change_log import SessionChangeLog
from ..ports.session_feed import SessionFeed
from ..ports.session_repository import SessionRepository
from ..ports.storage import Storage
from ..ports.store_probe import StoreProbe
from .password_blocklist import make_password_blocklist
from .services import Services, compose_services
from .settings import Settings

__all__ = ["Container", "make_container", "memory_container"]

_T = TypeVar("_T")


class _Singleton(providers.ThreadSafeSingleton[_T]):
    """Makes its part once. A fork waits for a part that another thread is making."""

    storage_lock = no_fork


def _password_hasher(settings: Settings) -> PasswordHasher:
    return BcryptPasswordHasher(rounds=settings.bcrypt_rounds)


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


def _compose(container: "Container") -> Services:
    """The use cases over the ports of ``container``, whichever were replaced."""
    settings = container.settings()
    storage = Storage(
        customers=container.customer_repository(),
        sessions=container.session_repository(),
        audit_log=container.audit_log(),
        session_changes=container.session_change_log(),
        login_throttle=container.login_throttle(),
        probe=container.store_probe(),
    )
    return compose_services(
        storage,
        clock=container.clock(),
        random_source=container.random_source(),
        email_syntax=container.email_syntax(),
        password_hasher=container.password_hasher(),
        password_blocklist=container.password_blocklist(),
        hashing_lane=container.hashing_lane(),
        source_throttle=container.source_throttle(),
        password_policy=settings.password_policy,
        source_policy=SourcePolicy(),
        id_policy=settings.id_policy,
        session_policy=settings.session_policy,
        unique_email=settings.unique_email,
    )


class Container(containers.DeclarativeContainer):
    """Makes each part once, when first asked for.

    Any port can be replaced before that: ``container.clock.override(my_clock)``. The
    storage ports share the store's transactions, so ``storage`` replaces them together.
    """

    __self__ = providers.Self["Container"]()

    settings = providers.Dependency(instance_of=Settings)

    random_source = _Singleton(SystemRandomSource)
    email_syntax = _Singleton(EmailValidatorSyntax)
    password_hasher = _Singleton(_password_hasher, settings)
    password_blocklist = _Singleton(make_password_blocklist, settings)
    hashing_lane = _Singleton(MemoryHashingLane)
    source_throttle = _Singleton(MemoryThrottle)

    storage = providers.Selector(
        settings.provided.storage,
        memory=_Singleton(memory_storage),
        dynamodb=_Singleton(_dynamodb_storage, settings),
    )
    system_clock = _Singleton(SystemClock)
    clock = _Singleton(corrected_clock, system_clock, storage.provided.time)
    customer_repository: providers.Provider[CustomerRepository] = storage.provided.customers
    session_repository: providers.Provider[SessionRepository] = storage.provided.sessions
    audit_log: providers.Provider[AuditLog] = storage.provided.audit_log
    session_change_log: providers.Provider[SessionChangeLog] = storage.provided.session_changes
    login_throttle: providers.Provider[LoginThrottle] = storage.provided.login_throttle
    store_probe: providers.Provider[StoreProbe] = storage.provided.probe

    services = _Singleton(_compose, __self__)
    customers: providers.Provider[CustomerService] = services.provided.customers
    sessions: providers.Provider[SessionService] = services.provided.sessions
    session_check: providers.Provider[SessionCheckService] = services.provided.session_check
    session_checker = _Singleton(DirectSessionChecker, session_check)
    roles: providers.Provider[RoleService] = services.provided.roles
    session_feed: providers.Provider[SessionFeed] = services.provided.session_feed
    audit: providers.Provider[AuditService] = services.provided.audit


def make_container(settings: Settings) -> Container:
    """The container of a deployment with these settings. Connects to nothing yet."""
    return Container(settings=providers.Object(settings))


def memory_container() -> Container:
    """A container for tests: everything real, stored in memory, with bcrypt at its cheapest.

    Passwords of five characters pass, common ones too. The id of a deleted customer is free
    at once. Each container has a store of its own.
    """
    return make_container(Settings.demo_from_environ({}))
