"""Runs one suite on every way to use the service as a client, and on every store."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

import pytest
from support.coroutines.blocking import in_loop_thread
from support.http.transports import served
from support.stores.registry import REAL_STORES, open_store, store_params

from cybershop_customer import LoginRefusedError, TooManyAttemptsError
from cybershop_customer.adapters.direct.customer_client import DirectCustomerClient, OperatorClient
from cybershop_customer.adapters.memory.background import MemoryBackground
from cybershop_customer.adapters.memory.notifier import MemoryNotifier
from cybershop_customer.entrypoints.client import (
    AsyncHttpCustomerClient,
    BearerClient,
    CustomerClient,
    HttpCustomerClient,
)
from cybershop_customer.entrypoints.container import Container, make_container
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.settings import Settings
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.entrypoints.testkit.service import service_container

PASSWORD: Final = "correct horse"
TRUSTED: Final = "127.0.0.1/32"


def _direct(container: Container, _: ExitStack) -> CustomerClient:
    return DirectCustomerClient(container.services())


def _http(container: Container, stack: ExitStack) -> CustomerClient:
    app = create_app(container.services(), trusted_proxies=TRUSTED)
    server = stack.enter_context(served(app))
    return stack.enter_context(HttpCustomerClient(server.url))


def _asyncio(container: Container, stack: ExitStack) -> CustomerClient:
    app = create_app(container.services(), trusted_proxies=TRUSTED)
    server = stack.enter_context(served(app))
    client: CustomerClient = stack.enter_context(
        in_loop_thread(AsyncHttpCustomerClient(server.url))
    )
    return client


WAYS: Final[dict[str, Callable[[Container, ExitStack], CustomerClient]]] = {
    "direct": _direct,
    "http": _http,
    "asyncio": _asyncio,
}
"""The ways that run on every store. The test kit's fixture has its own store."""

HTTP_CLIENTS: Final[dict[str, Callable[..., CustomerClient]]] = {
    "http": HttpCustomerClient,
    "asyncio": lambda url, **arguments: in_loop_thread(AsyncHttpCustomerClient(url, **arguments)),
}
"""The clients over HTTP; each takes a URL and ``time_limit``."""

TESTKIT: Final = "testkit"


def _place(way: str, store: Any) -> Any:
    """A parameter for pytest: a way and a store, with the marks of the store."""
    return pytest.param((way, *store.values), marks=store.marks, id=f"{way}-{store.values[0]}")


def places(stores: Sequence[str] = REAL_STORES) -> list[Any]:
    """Parameters for pytest: every way on each of ``stores``, and the test kit's fixture."""
    found = [_place(way, store) for way in WAYS for store in store_params(stores)]
    return [*found, pytest.param((TESTKIT, ""), id=TESTKIT)]


@dataclass
class Shop:
    """The service, as its operator and a test see it, beside the client under test."""

    operator: OperatorClient
    mail: MemoryNotifier
    clock: ManualClock

    def token(self) -> str:
        """The token in the newest mail."""
        sent = self.mail.last()
        assert sent is not None
        assert sent.token is not None
        return sent.token.secret


@pytest.fixture
def environ() -> dict[str, str]:
    """The settings, which a test module may override."""
    return {}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=places())
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The way of the client under test, and its store."""
    place: tuple[str, str] = request.param
    return place


@pytest.fixture
def container(
    place: tuple[str, str], environ: dict[str, str], clock: ManualClock
) -> Iterator[Container]:
    way, store = place
    settings = Settings.demo_from_environ(environ)
    if way == TESTKIT:
        container = service_container(clock)
        container.settings.override(settings)
        yield container
        return
    container = make_container(settings)
    with open_store(store) as storage:
        container.storage.override(storage)
        container.clock.override(clock)
        container.notifier.override(MemoryNotifier())
        container.background.override(MemoryBackground())
        yield container


@pytest.fixture
def customer_container(container: Container) -> Container:
    """What the test kit's own fixtures serve."""
    return container


@pytest.fixture
def shop(container: Container, clock: ManualClock) -> Shop:
    mail = container.notifier()
    assert isinstance(mail, MemoryNotifier)
    return Shop(DirectCustomerClient(container.services()).as_operator(), mail, clock)


@pytest.fixture
def client(
    request: pytest.FixtureRequest, place: tuple[str, str], container: Container
) -> Iterator[CustomerClient]:
    """The client under test."""
    way, _ = place
    if way == TESTKIT:
        yield request.getfixturevalue("customer_client")
        return
    with ExitStack() as stack:
        yield WAYS[way](container, stack)


@pytest.fixture
def ann(client: CustomerClient) -> BearerClient:
    """The customer ann, who has just logged in."""
    add(client, "ann")
    return logged_in(client, "ann")


@pytest.fixture
def admin(client: CustomerClient, shop: Shop) -> BearerClient:
    """The admin bob, who has just logged in."""
    add(client, "bob")
    shop.operator.grant_role("bob", "admin")
    return logged_in(client, "bob")


def address_of(customer_id: str) -> str:
    return f"{customer_id}@shop.example"


def add(client: CustomerClient, customer_id: str) -> None:
    client.add_customer(
        customer_id=customer_id, email=address_of(customer_id), password=PASSWORD, fname="Allen"
    )


def logged_in(client: CustomerClient, customer_id: str) -> BearerClient:
    result = client.login(customer_id=customer_id, password=PASSWORD)
    return client.as_bearer(result.context_id)


def lock(client: CustomerClient, customer_id: str) -> TooManyAttemptsError:
    """Use up the budget of failed logins, and return the refusal that says so."""
    for _ in range(100):
        try:
            client.login(customer_id=customer_id, password="wrong")
        except LoginRefusedError:
            continue
        except TooManyAttemptsError as error:
            return error
    pytest.fail("no login was refused for the number of failures")
