"""Transports that call an ASGI application."""

import asyncio
import warnings
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote

from starlette.exceptions import StarletteDeprecationWarning
from support.http.api import Answer, Request, Send

with warnings.catch_warnings():
    # Starlette recommends another package for its test client; older versions do not know it.
    warnings.simplefilter("ignore", StarletteDeprecationWarning)
    from starlette.testclient import TestClient, WebSocketDenialResponse

__all__ = [
    "TestClient",
    "WebSocketDenialResponse",
    "exchange",
    "http_scope",
    "over_asgi",
    "through_test_client",
]

App = Callable[..., Awaitable[None]]
Event = MutableMapping[str, Any]


def http_scope(request: Request, **more: Any) -> dict[str, Any]:
    """The ASGI scope of a request."""
    path, _, query = request.target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [
            (name.lower().encode("ascii"), value.encode("latin-1"))
            for name, value in request.headers
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("shop.test", 80),
        "state": {},
        **more,
    }


async def exchange(app: App, scope: Event, received: Iterable[Event] = ()) -> list[Event]:
    """Send the events ``received`` to ``app`` and return its own; the client stays connected."""
    to_receive = iter(received)
    sent: list[Event] = []

    async def receive() -> Event:
        for event in to_receive:
            return event
        return await asyncio.Event().wait()

    async def send(event: Event) -> None:
        sent.append(event)

    await app(scope, receive, send)
    return sent


def over_asgi(app: App) -> Send:
    """Send requests to ``app``, each on its own event loop."""

    def send(request: Request) -> Answer:
        body = {"type": "http.request", "body": request.body, "more_body": False}
        start, *parts = asyncio.run(exchange(app, http_scope(request), [body]))
        assert start["type"] == "http.response.start"
        headers = {
            name.decode("ascii").lower(): value.decode("latin-1")
            for name, value in start["headers"]
        }
        return Answer(start["status"], headers, b"".join(part.get("body", b"") for part in parts))

    return send


def through_test_client(app: Any) -> Send:
    """Send requests to ``app`` with Starlette's test client."""
    client = TestClient(app)

    def send(request: Request) -> Answer:
        found = client.request(
            request.method, request.target, headers=list(request.headers), content=request.body
        )
        return Answer(found.status_code, dict(found.headers), found.content)

    return send
