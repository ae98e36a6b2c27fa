"""This service, in process: in memory, on SQLite, and from a cache in front of SQLite."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from checkout import use_checkout
from system import CUSTOMERS, Answer, Prepared

use_checkout()

from cybershop_customer import OPERATOR, SessionChecker, SessionRefusedError  # noqa: E402
from cybershop_customer.adapters.caching.session_checker import (  # noqa: E402
    CachingSessionChecker,
)
from cybershop_customer.entrypoints.container import Container, make_container  # noqa: E402
from cybershop_customer.entrypoints.settings import Settings  # noqa: E402

_PASSWORD: Final = "correct horse battery staple"


def in_memory(_folder: Path) -> Prepared:
    """The store is in memory."""
    container = _container({"CUSTOMER_STORAGE": "memory"})
    return _prepared(container, container.session_checker())


def on_sqlite(folder: Path) -> Prepared:
    """The store is a file."""
    container = _sqlite_container(folder)
    return _prepared(container, container.session_checker())


def cached(folder: Path) -> Prepared:
    """With the default policy, in front of SQLite."""
    container = _sqlite_container(folder)
    checker = CachingSessionChecker(container.session_checker(), clock=container.clock())
    return _prepared(container, checker)


def cached_with_feed(folder: Path) -> Prepared:
    """The same, following the session change feed."""
    container = _sqlite_container(folder, CUSTOMER_SESSION_FEED="true")
    checker = CachingSessionChecker(
        container.session_checker(), clock=container.clock(), feed=container.session_feed()
    )
    return _prepared(container, checker)


def _sqlite_container(folder: Path, **settings: str) -> Container:
    path = str(folder / "customer.db")
    return _container(
        {"CUSTOMER_STORAGE": "sqlite", "CUSTOMER_SQLITE_PATH": path, **settings},
    )


def _container(environ: Mapping[str, str]) -> Container:
    # Metrics name the version of the installation, and here there may be none.
    return make_container(Settings.demo_from_environ({**environ, "CUSTOMER_METRICS": "false"}))


def _prepared(container: Container, checker: SessionChecker) -> Prepared:
    services = container.services()

    def open_session(customer_id: str, roles: frozenset[str]) -> str:
        services.customers.add_customer(
            customer_id=customer_id, email=f"{customer_id}@shop.example", password=_PASSWORD
        )
        for role in roles:
            services.roles.grant_role(customer_id, role, actor=OPERATOR)
        return services.sessions.login(customer_id=customer_id, password=_PASSWORD).context_id

    def check(token: str) -> Answer | None:
        try:
            session = checker.check_session(token)
        except SessionRefusedError:
            return None
        return session.customer_id, session.roles

    return Prepared(
        tokens={
            customer_id: open_session(customer_id, CUSTOMERS[customer_id])
            for customer_id in CUSTOMERS
        },
        check=check,
        logout=services.sessions.logout,
    )
