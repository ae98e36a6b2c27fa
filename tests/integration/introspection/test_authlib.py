"""A service that another project protects by introspection: Authlib's validator, in Flask.

Authlib sends the credentials, the form and the request, and reads the answer. The program is that
of docs/introspection.md.
"""

from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

import pytest
from authlib.integrations.flask_oauth2 import current_token
from flask import Flask
from requests import HTTPError
from support.http.api import Api
from support.http.customer_api import BASE, add, log_in
from support.http.transports import over_http, served
from support.repository.checkout import ROOT
from support.repository.markdown import Document
from werkzeug.test import TestResponse

from cybershop_customer import OPERATOR
from cybershop_customer.entrypoints.container import Container, memory_container
from cybershop_customer.entrypoints.http.app import create_app

# Authlib encodes no credentials; this secret has each character that an encoding would change.
OLD: Final = "b+C/9.~_-d0123456789abcdefghijklmnop=="
NEW: Final = "0123456789abcdef0123456789ABCDEF"
Get = Callable[[str, str], TestResponse]


@pytest.fixture
def container() -> Container:
    return memory_container()


@pytest.fixture
def url(container: Container) -> Iterator[str]:
    """The customer service, where the service orders has two secrets."""
    tokens = f"orders={OLD},orders={NEW}"
    with served(create_app(container.services(), introspection_tokens=tokens)) as server:
        yield server.url


@pytest.fixture
def api(url: str) -> Iterator[Api]:
    with over_http(url) as send:
        yield Api(send)


def program(url: str, secret: str) -> Any:
    """The program of the page, which asks the service at ``url``."""
    (code,) = Document(ROOT / "docs" / "introspection.md").blocks("python")
    code = code.replace("https://customer.shop.example", url).replace("<secret>", secret)
    orders = ModuleType("orders")
    exec(compile(code, "introspection.md", "exec"), vars(orders))
    return orders


@pytest.fixture(params=[OLD, NEW])
def get(url: str, request: pytest.FixtureRequest) -> Iterator[Get]:
    """Reads a page of the service orders: one for every customer, and one for admins."""
    orders = program(url, request.param)
    app = Flask("orders")

    @app.get("/orders")
    @orders.require_oauth()
    def own_orders() -> dict[str, Any]:
        return {"orders of": current_token["sub"]}

    @app.get("/all")
    @orders.require_oauth("admin")
    def all_orders() -> dict[str, Any]:
        return {"for": current_token["scope"].split()}

    client = app.test_client()
    yield lambda path, bearer: client.get(path, headers={"Authorization": f"Bearer {bearer}"})
    orders.Validator.client.close()


def test_it_lets_in_whom_it_should(get: Get, api: Api, container: Container) -> None:
    add(api, "zoe")
    customer = log_in(api, "zoe")
    answer = get("/orders", customer)
    assert (answer.status_code, answer.json) == (200, {"orders of": "zoe"})
    assert get("/all", customer).status_code == 403

    container.services().roles.grant_role("zoe", "admin", actor=OPERATOR)
    assert get("/all", customer).json == {"for": ["admin"]}

    api.put(f"{BASE}/logoff", bearer=customer)
    for bearer in (customer, "eyJhbGciOi.J9.x", f"{'a' * 43}.zoe"):
        answer = get("/orders", bearer)
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_secret_that_was_taken_away_does_not_work(url: str) -> None:
    validator = program(url, NEW[::-1]).Validator()
    with pytest.raises(HTTPError, match="401 Client Error"):
        validator.introspect_token(f"{'a' * 43}.zoe")
    validator.client.close()
