"""The protected service as a bare ASGI application."""

import json
from typing import Any

from support.http.api import Send
from support.http.asgi_client import over_asgi
from support.protected.view import seen_by_view

from cybershop_customer import CustomerServiceError
from cybershop_customer.entrypoints.middleware.asgi import SessionMiddleware
from cybershop_customer.entrypoints.middleware.checker_kind import AnyChecker
from cybershop_customer.entrypoints.middleware.reply import Reply, problem_reply

PUBLIC = ("/health", "/open/")


async def application(scope: Any, receive: Any, send: Any) -> None:
    try:
        reply = Reply(200, {"Content-Type": "application/json"}, await _answer(scope, receive))
    except CustomerServiceError as error:
        ids = [value.decode() for name, value in scope["headers"] if name == b"x-request-id"]
        reply = problem_reply(error, *ids)
    headers = [(name.lower().encode(), value.encode()) for name, value in reply.headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def _answer(scope: Any, receive: Any) -> bytes:
    session = scope["state"]["session"]
    if scope["path"] == "/mine":
        found = seen_by_view(session)
        return json.dumps(found).encode()
    if scope["path"] == "/products":
        session.require("admin")
        body: bytes = (await receive())["body"]
        return body
    return json.dumps({"session": session}).encode()


def service(checker: AnyChecker) -> Send:
    return over_asgi(SessionMiddleware(application, checker, public=PUBLIC))
