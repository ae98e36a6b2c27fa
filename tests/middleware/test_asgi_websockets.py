"""A websocket is refused before it is accepted."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from support.doubles.failing_port import FailingPort
from support.http.api import Answer
from support.http.asgi_client import TestClient, WebSocketDenialResponse, exchange
from support.http.customer_api import the_problem
from support.protected import fastapi_service, starlette_service

from cybershop_customer import CheckerUnavailableError, SessionChecker
from cybershop_customer.entrypoints.middleware.asgi import SessionMiddleware

APPS = {"starlette": starlette_service.make_app, "fastapi": fastapi_service.make_app}
CONNECT = {"type": "websocket.connect"}


@pytest.fixture(params=APPS)
def make_app(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return APPS[request.param]


def denial(client: TestClient, **headers: str) -> Answer:
    with (
        pytest.raises(WebSocketDenialResponse) as denied,
        client.websocket_connect("/chat", headers=headers),
    ):
        pytest.fail("it was accepted")
    response = denied.value
    return Answer(response.status_code, dict(response.headers), response.content)


def test_a_websocket_with_a_session_is_accepted(
    make_app: Callable[[Any], Any], checker: SessionChecker, zoe: str
) -> None:
    client = TestClient(make_app(checker))

    with client.websocket_connect("/chat", headers={"Authorization": f"Bearer {zoe}"}) as socket:
        assert socket.receive_text() == "zoe"


def test_a_handshake_without_a_session_is_answered_with_a_problem(
    make_app: Callable[[Any], Any], checker: SessionChecker
) -> None:
    answer = denial(TestClient(make_app(checker)))

    assert the_problem(answer, 401, "session-refused")["reason"] == "missing"
    assert answer.headers["www-authenticate"] == 'Bearer realm="customer"'


def test_while_sessions_cannot_be_checked_it_is_refused(make_app: Callable[[Any], Any]) -> None:
    client = TestClient(make_app(FailingPort(CheckerUnavailableError(7))))

    answer = denial(client, **{"X-Request-ID": "mine"})

    assert the_problem(answer, 503, "checker-unavailable")["request_id"] == "mine"
    assert answer.headers["retry-after"] == "7"


def test_a_session_without_the_role_is_refused(checker: SessionChecker, zoe: str) -> None:
    client = TestClient(SessionMiddleware(starlette_service.make_app(checker), checker, role="x"))

    answer = denial(client, Authorization=f"Bearer {zoe}")

    the_problem(answer, 403, "role-required")
    assert zoe not in answer.body.decode()


def scope(**more: Any) -> dict[str, Any]:
    return {"type": "websocket", "path": "/chat", "headers": [], **more}


def sent(checker: Any, scope: dict[str, Any], *received: dict[str, Any]) -> list[Any]:
    async def never(*_: object) -> None:
        pytest.fail("the application was asked")

    return asyncio.run(exchange(SessionMiddleware(never, checker), scope, received))


@pytest.mark.parametrize("more", [{}, {"extensions": {}}, {"extensions": None}])
def test_without_the_extension_the_websocket_is_closed(
    checker: SessionChecker, more: dict[str, Any]
) -> None:
    assert sent(checker, scope(**more), CONNECT) == [{"type": "websocket.close", "code": 1008}]


def test_with_the_extension_the_handshake_is_answered(checker: SessionChecker) -> None:
    start, body = sent(checker, scope(extensions={"websocket.http.response": {}}), CONNECT)

    assert start["type"] == "websocket.http.response.start"
    assert start["status"] == 401
    assert body["type"] == "websocket.http.response.body"
    assert json.loads(body["body"])["reason"] == "missing"


def test_a_client_that_has_disconnected_gets_no_answer(checker: SessionChecker) -> None:
    assert sent(checker, scope(), {"type": "websocket.disconnect", "code": 1006}) == []


def test_a_public_websocket_has_no_session(checker: SessionChecker) -> None:
    scopes: list[Any] = []

    async def inner(scope: Any, receive: object, send: object) -> None:
        scopes.append(scope)

    asyncio.run(exchange(SessionMiddleware(inner, checker, public=["/chat"]), scope(), [CONNECT]))

    assert scopes[0]["state"] == {"session": None}
