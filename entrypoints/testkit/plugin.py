"""The pytest plugin: its fixtures. It changes nothing in tests that do not use them.

This module imports only pytest and the public face of this package. Each fixture imports what it
needs when a test uses it.
"""

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pytest

from ...domain.session import LoginResult
from ...ports.session_checker import SessionChecker
from .password import PASSWORD

if TYPE_CHECKING:
    from ...adapters.direct.customer_client import DirectCustomerClient
    from ...adapters.memory.notifier import MemoryNotifier
    from ..container import Container
    from ..services import Services
    from .clock import ManualClock

__all__ = ["LoginAs"]

pytest.register_assert_rewrite(f"{__package__}.contract")


class LoginAs(Protocol):
    """The type of the fixture ``login_as``. Each call logs a customer in."""

    def __call__(
        self, customer_id: str, roles: Collection[str] = (), *, password: str = PASSWORD
    ) -> LoginResult:
        """Log a customer in. Adds the customer if new, and makes ``roles`` the customer's roles."""
        ...


@pytest.fixture
def customer_clock() -> "ManualClock":
    """The clock of the customer service in memory. Only ``advance`` moves it."""
    from .clock import ManualClock

    return ManualClock()


@pytest.fixture
def customer_container(customer_clock: "ManualClock") -> "Container":
    """The parts of the customer service in memory. Its time is customer_clock.

    To replace a part, call ``customer_container.password_hasher.override(...)`` before the test
    uses any other fixture, or override this fixture.
    """
    from .service import service_container

    return service_container(customer_clock)


@pytest.fixture
def customer_services(customer_container: "Container") -> "Services":
    """The customer service in memory, empty: ``customers``, ``sessions``, ``accounts`` and more."""
    return customer_container.services()


@pytest.fixture
def customer_mail(customer_container: "Container") -> "MemoryNotifier":
    """What the customer service in memory has sent: ``customer_mail.last("zoe@shop.example")``.

    A customer whom login_as adds has a random address: ``customer_mail.last()`` has the newest
    message to any address.
    """
    from ...adapters.memory.notifier import MemoryNotifier

    notifier = customer_container.notifier()
    assert isinstance(notifier, MemoryNotifier), (
        "customer_container has another notifier;"
        " give it this one: customer_container.notifier.override(MemoryNotifier())"
    )
    return notifier


@pytest.fixture
def login_as(customer_services: "Services") -> LoginAs:
    """Logs a customer in: ``login_as("ann", ["admin"]).context_id``.

    It adds the customer if new, and makes these the customer's only roles. It uses the real login,
    so a customer whom the test added itself needs ``password=``.
    """
    from .login import log_in

    return partial(log_in, customer_services)


@pytest.fixture
def customer_client(customer_services: "Services") -> "DirectCustomerClient":
    """A client of the customer service in memory: give it to a program that takes a CustomerClient.

    ``customer_client.as_operator()`` needs no login. If the program makes its client itself, give
    it customer_url instead.
    """
    from ...adapters.direct.customer_client import DirectCustomerClient

    return DirectCustomerClient(customer_services)


@pytest.fixture
def session_checker(customer_container: "Container") -> SessionChecker:
    """Checks the sessions that login_as opens. Give it to the service under test as its checker.

    It reads the store in memory. If the service checks over HTTP, give it customer_url instead.
    """
    return customer_container.session_checker()


@pytest.fixture
def customer_url(customer_services: "Services") -> "Iterator[str]":
    """The URL of the same customer service over HTTP: a free port of 127.0.0.1, for one test.

    It is the product's own server. It runs in a thread, and stops at the end of the test.
    """
    from .http_server import served

    with served(customer_services) as url:
        yield url
