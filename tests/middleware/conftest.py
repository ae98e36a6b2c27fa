"""A customer service in memory, and customers who are logged in."""

from collections.abc import Callable

import pytest
from support.http.customer_api import PASSWORD

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import ManualClock

LogIn = Callable[..., str]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def container(clock: ManualClock) -> Container:
    container = memory_container()
    container.clock.override(clock)
    return container


@pytest.fixture
def services(container: Container) -> Services:
    services: Services = container.services()
    return services


@pytest.fixture
def checker(container: Container) -> SessionChecker:
    checker: SessionChecker = container.session_checker()
    return checker


@pytest.fixture
def log_in(services: Services) -> LogIn:
    """Adds a customer and logs them in. Returns the ``context_id``."""

    def log_in(customer_id: str, *, admin: bool = False) -> str:
        services.customers.add_customer(
            customer_id=customer_id, email=f"{customer_id}@shop.example", password=PASSWORD
        )
        if admin:
            services.roles.ensure_admin(customer_id, PASSWORD)
        return services.sessions.login(customer_id=customer_id, password=PASSWORD).context_id

    return log_in


@pytest.fixture
def zoe(log_in: LogIn) -> str:
    """The ``context_id`` of a customer."""
    return log_in("zoe")


@pytest.fixture
def ada(log_in: LogIn) -> str:
    """The ``context_id`` of an admin."""
    return log_in("ada", admin=True)
