"""The pytest plugin: fixtures, and nothing that a test run without them would notice.

Importing this module imports pytest and the package's own face, no third party; each fixture
imports what it needs when a test asks for it.
"""

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pytest

from ...domain.session import LoginResult
from ...ports.session_checker import SessionChecker
from .password import PASSWORD

if TYPE_CHECKING:
    from ..container import Container
    from ..services import Services
    from .clock import ManualClock

pytest.register_assert_rewrite(f"{__package__}.contract")


class LoginAs(Protocol):
    """What the fixture ``login_as`` is: each call logs a customer in."""

    def __call__(
        self, customer_id: str, roles: Collection[str] = (), *, password: str = PASSWORD
    ) -> LoginResult:
        """Add the customer if new, make ``roles`` exactly theirs, and log them in."""
        ...


@pytest.fixture
def customer_clock() -> "ManualClock":
    """The clock of the customer service in memory: it stands still until ``advance`` moves it."""
    from .clock import ManualClock

    return ManualClock()


@pytest.fixture
def customer_container(customer_clock: "ManualClock") -> "Container":
    """The parts of the customer service in memory, by customer_clock.

    Override a part (``customer_container.password_hasher.override(...)``) before asking for any
    of the other fixtures, or override this fixture.
    """
    from .service import service_container

    return service_container(customer_clock)


@pytest.fixture
def customer_services(customer_container: "Container") -> "Services":
    """The customer service in memory, empty: ``customers``, ``sessions``, ``roles``, ``audit``."""
    return customer_container.services()


@pytest.fixture
def login_as(customer_services: "Services") -> LoginAs:
    """Logs a customer in: ``login_as("ann", ["admin"]).context_id``.

    The customer is added if new, and from then on has exactly the roles named. It is the real
    login, so that a customer whom the test itself has added needs ``password=``.
    """
    from .login import log_in

    return partial(log_in, customer_services)


@pytest.fixture
def session_checker(customer_container: "Container") -> SessionChecker:
    """Checks the sessions that login_as opens: a service under test takes it for its own checker.

    It asks the store in memory itself. Where the service asks over HTTP, give it customer_url.
    """
    return customer_container.session_checker()


@pytest.fixture
def customer_url(customer_services: "Services") -> "Iterator[str]":
    """Where the same customer service answers HTTP: a free port of 127.0.0.1, for one test.

    It is the product's own server, in a thread, and stops at the end of the test.
    """
    from .http_server import served

    with served(customer_services) as url:
        yield url
