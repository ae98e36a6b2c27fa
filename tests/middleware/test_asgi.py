"""The ASGI middleware: scopes, lifespan and mounts."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import falcon.asgi
import falcon.testing
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Mount
from support.doubles.failing_port import FailingPort
from support.http.api import Api, Request
from support.http.asgi_client import TestClient, exchange, http_scope, through_test_client
from support.http.customer_api import the_problem
from support.protected import falcon_asgi_service, starlette_service

from cybershop_customer import CheckerUnavailableError, SessionChecker
from cybershop_customer.entrypoints.middleware.asgi import SessionMiddleware


class Inner:
    """An application that records the scopes of its calls."""

    def __init__(self) -> None:
        self.scopes: list[Any] = []

    async def __call__(self, scope: Any, receive: object, send: Callable[..., Any]) -> None:
        self.scopes.append(scope)
        await send({"type": "answered"})


@pytest.fixture
def inner() -> Inner:
    return Inner()


def a_scope(bearer: str | None = None, target: str = "/mine", **more: Any) -> dict[str, Any]:
    headers = () if bearer is None else (("Authorization", f"Bearer {bearer}"),)
    return http_scope(Request("GET", target, headers), **more)


def events(app: Callable[..., Awaitable[None]], scope: Any) -> list[Any]:
    return asyncio.run(exchange(app, scope))


def status(app: Callable[..., Awaitable[None]], scope: Any) -> int | None:
    """The status of the refusal, or None if the application answered."""
    found: int | None = events(app, scope)[0].get("status")
    return found


def test_scope_and_state_are_copies(inner: Inner, checker: SessionChecker, zoe: str) -> None:
    state = {"pool": object()}
    scope = a_scope(zoe, state=state)
    before = dict(scope)

    events(SessionMiddleware(inner, checker), scope)

    (seen,) = inner.scopes
    assert seen["state"]["session"].customer_id == "zoe"
    assert seen["state"]["pool"] is state["pool"]
    assert {**seen, "state": state} == before
    assert scope == before
    assert "session" not in state


def test_a_server_without_state_gets_one(inner: Inner, checker: SessionChecker, zoe: str) -> None:
    scope = a_scope(zoe)
    del scope["state"]

    events(SessionMiddleware(inner, checker), scope)

    assert inner.scopes[0]["state"].keys() == {"session"}


def test_a_session_from_other_code_in_the_state_does_not_count(
    inner: Inner, checker: SessionChecker
) -> None:
    scope = a_scope(target="/health", state={"session": "planted"})

    events(SessionMiddleware(inner, checker, public=["/health"]), scope)

    assert inner.scopes[0]["state"]["session"] is None


def test_the_lifespan_is_passed_on(inner: Inner) -> None:
    scope = {"type": "lifespan", "state": {}}

    events(SessionMiddleware(inner, FailingPort(CheckerUnavailableError())), scope)

    assert inner.scopes[0] is scope


def test_an_unknown_protocol_is_refused(inner: Inner, checker: SessionChecker, zoe: str) -> None:
    with pytest.raises(ValueError, match="webtransport"):
        events(SessionMiddleware(inner, checker), a_scope(zoe, type="webtransport"))
    assert inner.scopes == []


def test_a_refused_head_has_no_body_but_the_length_of_one(
    inner: Inner, checker: SessionChecker
) -> None:
    start, body = events(SessionMiddleware(inner, checker), a_scope(method="HEAD"))

    assert (start["status"], body["body"]) == (401, b"")
    assert int(dict(start["headers"])[b"content-length"]) > 200
    assert all(name == name.lower() for name, _ in start["headers"])


def test_the_case_of_a_header_name_does_not_matter(
    inner: Inner, checker: SessionChecker, zoe: str
) -> None:
    bearer = f"Bearer {zoe}".encode()
    scope = a_scope(headers=[(b"Authorization", bearer), (b"authorization", bearer)])

    assert status(SessionMiddleware(inner, checker), scope) == 401


@pytest.mark.parametrize(
    "more",
    [
        {"path": "/open/../mine", "raw_path": b"/open/../mine"},
        {"path": "/open/../mine", "raw_path": None},
        {"path": "/open/x", "raw_path": b"/open/%78"},
        {"path": "/open/a/b", "raw_path": b"/open/a%2fb"},
        {"path": "/open//mine", "raw_path": b"/open//mine"},
        {"path": "/open/%2e%2e/mine", "raw_path": b"/open/%252e%252e/mine"},
        {"path": "/shop/open/x", "raw_path": b"/shop/open/x"},
        {"path": "/open/x", "raw_path": b"/mine"},
        {"path": "/shop/open/x", "raw_path": b"/shop/open/x", "root_path": "/sho"},
        {"path": "/shop", "raw_path": b"/shop", "root_path": "/shop"},
    ],
)
def test_a_path_that_is_not_plain_is_not_public(
    inner: Inner, checker: SessionChecker, more: dict[str, Any]
) -> None:
    middleware = SessionMiddleware(inner, checker, public=["/open/"])

    assert status(middleware, a_scope(**more)) == 401
    assert inner.scopes == []


@pytest.mark.parametrize(
    "more",
    [
        {"path": "/open/x", "raw_path": None},
        {"path": "/open/x", "raw_path": b""},
        {"path": "/open/x", "raw_path": b"/open/x"},
        {"path": "/open/x", "raw_path": b"/open/x?y=%20"},
        {"path": "/open/x", "root_path": None},
        {"path": "/open/x", "root_path": "/shop"},
        {"path": "/shop/open/x", "root_path": "/shop"},
        {"path": "/shop/open/x", "raw_path": b"/open/x", "root_path": "/shop"},
        {"path": "/shop/open/shopping", "root_path": "/shop"},
    ],
)
def test_a_path_must_be_public_with_the_root_and_without(
    inner: Inner, checker: SessionChecker, more: dict[str, Any]
) -> None:
    middleware = SessionMiddleware(inner, checker, public=["/open/", "/shop/open/"])

    assert status(middleware, a_scope(**{"raw_path": None, **more})) is None


@pytest.mark.parametrize(
    ("path", "root_path"),
    [
        ("/product/health", "/product/"),
        ("/product/health", "/product"),
        ("/mine/open/x", "/mine"),
        ("/open/mine", "/open"),
        ("/open/x", "/op"),
        ("/open/x", "/"),
        ("/open/x", "/shop/"),
        ("/open/x", "/%6fpen"),
        ("/open/x", "/a/.."),
        ("/open/x", "open"),
        ("/open/shop/mine", "/shop"),
        ("/open/open/open/x", "/open"),
    ],
)
def test_a_path_that_two_frameworks_read_differently_is_not_public(
    inner: Inner, checker: SessionChecker, path: str, root_path: str
) -> None:
    middleware = SessionMiddleware(inner, checker, public=["/health", "/open/"])

    scope = a_scope(path=path, raw_path=path.encode(), root_path=root_path)

    assert status(middleware, scope) == 401
    assert inner.scopes == []


def test_a_mounted_application_can_be_protected_by_itself(
    checker: SessionChecker, zoe: str
) -> None:
    protected = SessionMiddleware(
        Starlette(routes=starlette_service.ROUTES), checker, public=["/health", "/shop/health"]
    )
    api = Api(through_test_client(Starlette(routes=[Mount("/shop", protected)])))

    assert api.get("/shop/health").status == 200
    the_problem(api.get("/shop/mine"), 401, "session-refused")
    assert api.get("/shop/mine", bearer=zoe).status == 200


def test_the_whole_application_can_demand_a_role(
    inner: Inner, checker: SessionChecker, zoe: str, ada: str
) -> None:
    middleware = SessionMiddleware(inner, checker, role="admin", public=["/health"])

    assert status(middleware, a_scope()) == 401
    assert status(middleware, a_scope(zoe)) == 403
    assert status(middleware, a_scope(ada)) is None
    assert status(middleware, a_scope(zoe, "/health")) is None


def test_an_error_of_other_code_is_passed_on(inner: Inner) -> None:
    with pytest.raises(ZeroDivisionError):
        events(SessionMiddleware(inner, FailingPort(ZeroDivisionError())), a_scope())
    assert inner.scopes == []


def test_invalid_public_paths_are_refused_at_the_start(
    inner: Inner, checker: SessionChecker
) -> None:
    with pytest.raises(ValueError, match="cannot be public"):
        SessionMiddleware(inner, checker, public=["/"])


async def through_httpx(app: Any) -> int:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://shop.test"
    ) as client:
        return (await client.get("/mine")).status_code


async def through_falcons_conductor(app: Any) -> int:
    async with falcon.testing.ASGIConductor(app) as conductor:
        return (await conductor.simulate_get("/mine")).status_code


@pytest.mark.parametrize("client", [through_httpx, through_falcons_conductor])
def test_other_test_clients_work_with_it(
    checker: SessionChecker, client: Callable[..., Coroutine[Any, Any, int]]
) -> None:
    app = falcon.asgi.App()
    app.add_route("/mine", falcon_asgi_service.Mine())

    assert asyncio.run(client(SessionMiddleware(app, checker))) == 401


def test_cors_middleware_can_be_outside_of_it(checker: SessionChecker) -> None:
    app = starlette_service.make_app(checker)
    # The middleware that is added last is outermost.
    app.add_middleware(CORSMiddleware, allow_origins=["https://shop.test"], allow_methods=["*"])
    client = TestClient(app)
    origin = {"Origin": "https://shop.test"}

    preflight = client.options("/mine", headers={**origin, "Access-Control-Request-Method": "GET"})
    refused = client.get("/mine", headers=origin)

    assert (preflight.status_code, refused.status_code) == (200, 401)
    assert refused.headers["access-control-allow-origin"] == "https://shop.test"
