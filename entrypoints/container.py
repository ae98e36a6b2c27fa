"""The composition root: chooses the adapter of each port."""

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from ..adapters.bcrypt.cost import estimated_seconds
from ..adapters.bcrypt.password_hasher import PREFIX, BcryptPasswordHasher
from ..adapters.direct.session_checker import DirectSessionChecker
from ..adapters.email_validator.email_syntax import EmailValidatorSyntax
from ..adapters.extras import requires_extra
from ..adapters.foreign_hashes.password_hash_formats import KnownPasswordHashFormats
from ..adapters.foreign_hashes.password_hasher import ForeignPasswordHasher
from ..adapters.forking.fork_safe_lock import no_fork
from ..adapters.memory.background import MemoryBackground
from ..adapters.memory.breached_passwords import MemoryBreachedPasswords
from ..adapters.memory.hashing_lane import MemoryHashingLane
from ..adapters.memory.notifier import MemoryNotifier
from ..adapters.memory.throttle import MemoryThrottle
from ..adapters.system.available_cores import available_cores
from ..adapters.system.clock import SystemClock, corrected_clock
from ..adapters.system.random_source import SystemRandomSource
from ..adapters.threaded.background import ThreadedBackground
from ..adapters.threaded.hashing_lane import ThreadedHashingLane
from ..domain.services.account_service import AccountService
from ..domain.services.audit_service import AuditService
from ..domain.services.customer_import_service import CustomerImportService
from ..domain.services.customer_list_service import CustomerListService
from ..domain.services.customer_service import CustomerService
from ..domain.services.email_verification_service import EmailVerificationService
from ..domain.services.export_service import ExportService
from ..domain.services.password_change_service import PasswordChangeService
from ..domain.services.password_reset_service import PasswordResetService
from ..domain.services.role_service import RoleService
from ..domain.services.session_check_service import SessionCheckService
from ..domain.services.session_service import SessionService
from ..domain.services.throttle_service import ThrottleService
from ..ports.audit_log import AuditLog
from ..ports.background import Background
from ..ports.breached_passwords import BreachedPasswords
from ..ports.customer_repository import CustomerRepository
from ..ports.hashing_lane import HashingLane
from ..ports.login_throttle import LoginThrottle
from ..ports.notifier import Notifier
from ..ports.password_hash_formats import PasswordHashFormats
from ..ports.password_hasher import PasswordHasher
from ..ports.session_change_log import SessionChangeLog
from ..ports.session_feed import SessionFeed
from ..ports.session_repository import SessionRepository
from ..ports.storage import Storage
from ..ports.store_probe import StoreProbe
from .mail import make_notifier
from .password_blocklist import make_password_blocklist
from .services import Services, compose_services
from .settings import Settings
from .store import make_store
from .tracing import make_tracing

if TYPE_CHECKING:
    from ..adapters.metrics.service_metrics import ServiceMetrics

with requires_extra("service"):
    from dependency_injector import containers, providers

if TYPE_CHECKING:
    from ..adapters.opentelemetry.tracing import Tracing

__all__ = ["Container", "make_container", "memory_container"]

_T = TypeVar("_T")


class _Singleton(providers.ThreadSafeSingleton[_T]):
    """Makes its part once. A fork waits while another thread makes a part."""

    storage_lock = no_fork


def _password_hasher(settings: Settings) -> PasswordHasher:
    own = BcryptPasswordHasher(rounds=settings.bcrypt_rounds)
    return ForeignPasswordHasher(own, own_prefix=PREFIX)


def _metrics(settings: Settings) -> "ServiceMetrics | None":
    if not settings.counts_metrics:
        return None
    from ..adapters.metrics.service_metrics import ServiceMetrics  # noqa: PLC0415 (slow)

    return ServiceMetrics()


def _storage(
    settings: Settings, metrics: "ServiceMetrics | None", tracing: "Tracing | None"
) -> Storage:
    observer = None
    if metrics is not None:
        from ..adapters.metrics.dynamodb_observer import DynamoDBObserver  # noqa: PLC0415

        observer = DynamoDBObserver(metrics)
    storage = make_store(settings).make_storage(observer)
    if tracing is None:
        return storage
    from ..adapters.opentelemetry.store_spans import with_spans  # noqa: PLC0415 (the extra otel)

    return with_spans(storage, tracing.tracer, store=settings.storage)


def _hashing_lane(settings: Settings) -> HashingLane:
    places = settings.hashing_places
    threads = settings.hashing_threads
    if threads is None:
        threads = max(1, min(available_cores(), places - (settings.hashing_queue or 0)))
    queue = settings.hashing_queue
    return ThreadedHashingLane(
        threads=threads,
        queue=places - threads if queue is None else queue,
        hash_seconds=estimated_seconds(settings.bcrypt_rounds),
    )


def _breached_passwords(settings: Settings) -> BreachedPasswords:
    url = settings.breached_passwords_url
    if url is None:
        return MemoryBreachedPasswords()
    from ..adapters.http_client.breached_passwords import (  # noqa: PLC0415 (ssl is slow)
        HttpBreachedPasswords,
    )

    return HttpBreachedPasswords(
        url,
        time_limit=settings.breached_passwords_seconds,
        # The other threads go on serving, however slow the look-ups are.
        connections=max(1, settings.threads // 4),
    )


def _compose(container: "Container") -> Services:
    """The use cases over the ports of ``container``, including those that a program replaced."""
    settings, metrics = container.settings(), container.metrics()
    storage = Storage(
        customers=container.customer_repository(),
        sessions=container.session_repository(),
        audit_log=container.audit_log(),
        session_changes=container.session_change_log(),
        login_throttle=container.login_throttle(),
        probe=container.store_probe(),
        schema=None if metrics is None else container.storage().schema,
    )
    lane, notifier = container.hashing_lane(), container.notifier()
    background = container.background()
    if metrics is not None:
        from .counted_ports import CountedPorts, count_ports  # noqa: PLC0415 (slow)

        ports = CountedPorts(storage, lane, notifier, background)
        storage, lane, notifier, background = count_ports(ports, metrics, settings)
    services = compose_services(
        storage,
        clock=container.clock(),
        random_source=container.random_source(),
        email_syntax=container.email_syntax(),
        password_hasher=container.password_hasher(),
        password_hash_formats=container.password_hash_formats(),
        password_blocklist=container.password_blocklist(),
        breached_passwords=container.breached_passwords(),
        hashing_lane=lane,
        source_throttle=container.source_throttle(),
        record_throttle=container.record_throttle(),
        password_policy=settings.password_policy,
        source_policy=settings.source_policy,
        id_policy=settings.id_policy,
        account_policy=settings.account_policy,
        notifier=notifier,
        background=background,
        session_policy=settings.session_policy,
        unique_email=settings.unique_email,
    )
    if metrics is None:
        return services
    from ..adapters.metrics.observed_ports import ObservedSessionFeed  # noqa: PLC0415

    feed = ObservedSessionFeed(services.session_feed, container.clock(), metrics)
    return replace(services, session_feed=feed)


class Container(containers.DeclarativeContainer):
    """Makes each part once, at its first use.

    Before that, a program can replace any port: ``container.clock.override(my_clock)``. The
    storage ports share the store's transactions, so ``storage`` replaces them together.
    """

    __self__ = providers.Self["Container"]()

    settings = providers.Dependency(instance_of=Settings)

    random_source = _Singleton(SystemRandomSource)
    email_syntax = _Singleton(EmailValidatorSyntax)
    password_hasher = _Singleton(_password_hasher, settings)
    password_hash_formats: providers.Provider[PasswordHashFormats] = _Singleton(
        KnownPasswordHashFormats, password_hasher
    )
    password_blocklist = _Singleton(make_password_blocklist, settings)
    breached_passwords = _Singleton(_breached_passwords, settings)
    hashing_lane = _Singleton(_hashing_lane, settings)
    source_throttle = _Singleton(MemoryThrottle)
    record_throttle = _Singleton(MemoryThrottle)
    background: providers.Provider[Background] = _Singleton(ThreadedBackground)

    metrics: "providers.Provider[ServiceMetrics | None]" = _Singleton(_metrics, settings)
    tracing: providers.Provider["Tracing | None"] = _Singleton(make_tracing, settings)
    storage = _Singleton(_storage, settings, metrics, tracing)
    system_clock = _Singleton(SystemClock)
    clock = _Singleton(corrected_clock, system_clock, storage.provided.time)
    notifier: providers.Provider[Notifier | None] = _Singleton(make_notifier, settings, clock)
    customer_repository: providers.Provider[CustomerRepository] = storage.provided.customers
    session_repository: providers.Provider[SessionRepository] = storage.provided.sessions
    audit_log: providers.Provider[AuditLog] = storage.provided.audit_log
    session_change_log: providers.Provider[SessionChangeLog] = storage.provided.session_changes
    login_throttle: providers.Provider[LoginThrottle] = storage.provided.login_throttle
    store_probe: providers.Provider[StoreProbe] = storage.provided.probe

    services = _Singleton(_compose, __self__)
    customers: providers.Provider[CustomerService] = services.provided.customers
    customer_import: providers.Provider[CustomerImportService] = services.provided.customer_import
    customer_list: providers.Provider[CustomerListService] = services.provided.customer_list
    sessions: providers.Provider[SessionService] = services.provided.sessions
    accounts: providers.Provider[AccountService] = services.provided.accounts
    password_change: providers.Provider[PasswordChangeService] = services.provided.password_change
    password_reset: providers.Provider[PasswordResetService] = services.provided.password_reset
    email_verification: providers.Provider[EmailVerificationService] = (
        services.provided.email_verification
    )
    exports: providers.Provider[ExportService] = services.provided.exports
    session_check: providers.Provider[SessionCheckService] = services.provided.session_check
    session_checker = _Singleton(DirectSessionChecker, session_check)
    roles: providers.Provider[RoleService] = services.provided.roles
    throttle: providers.Provider[ThrottleService] = services.provided.throttle
    session_feed: providers.Provider[SessionFeed] = services.provided.session_feed
    audit: providers.Provider[AuditService] = services.provided.audit


def make_container(settings: Settings) -> Container:
    """The container of a deployment with these settings. Connects to nothing yet."""
    return Container(settings=providers.Object(settings))


def memory_container() -> Container:
    """A container for tests: the real service, in memory, with bcrypt at its lowest cost.

    It accepts guessable passwords and those of five characters. One source may register any number
    of customers, and the id of a deleted one is free at once. Each container has its own store. It
    hashes passwords, and does the work after an answer, in the thread that asks, without a limit.
    It counts no metrics.
    ``container.notifier()`` has the notifications.
    """
    return Container(
        settings=providers.Object(Settings.demo_from_environ({})),
        background=providers.Object(MemoryBackground()),
        hashing_lane=providers.Object(MemoryHashingLane()),
        notifier=providers.Object(MemoryNotifier()),
        metrics=providers.Object(None),
    )
