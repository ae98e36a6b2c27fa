"""The customer service, a product service, and the real gateways between them and a client."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.gateways.gateway import running, what_is_missing
from support.gateways.product import Product, product
from support.http.api import Api
from support.http.customer_api import add, log_in
from support.http.transports import over_http
from support.processes.command import Service

ADMIN_PASSWORD = "demo-admin"


@pytest.fixture(scope="package")
def service() -> Iterator[Service]:
    """The customer service with the customer zoe."""
    with ExitStack() as stack:
        started = Service.start(stack, "--demo", "--port", "0")
        with started.api() as api:
            add(api, "zoe")
        yield started


@pytest.fixture(scope="package")
def behind() -> Iterator[Product]:
    with product() as server:
        yield server


@pytest.fixture(scope="module")
def gateway_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the configuration and the data of the gateway."""
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def gateway(
    request: pytest.FixtureRequest, service: Service, behind: Product, gateway_folder: Path
) -> Iterator[str]:
    """The URL of a gateway; its name is the parameter."""
    missing = what_is_missing(request.param)
    if missing is not None:
        pytest.skip(missing)
    ports = {"customer": int(service.port), "product": behind.port}
    with running(request.param, gateway_folder, **ports) as url:
        yield url


@pytest.fixture
def shop(gateway: str, behind: Product) -> Iterator[Api]:
    """The shop, through the gateway."""
    behind.received.clear()
    with over_http(gateway) as send:
        yield Api(send)


@pytest.fixture
def customers(service: Service) -> Iterator[Api]:
    """The customer service itself."""
    with service.api() as api:
        yield api


@pytest.fixture
def zoe(customers: Api) -> str:
    """A ``context_id`` of zoe, who has no role."""
    return log_in(customers, "zoe")


@pytest.fixture
def admin(customers: Api) -> str:
    """A ``context_id`` of the admin."""
    return log_in(customers, "admin", ADMIN_PASSWORD)
