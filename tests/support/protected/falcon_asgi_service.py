"""The protected service in Falcon under ASGI, which ``protect`` does not support."""

from typing import Any

import falcon.asgi
from support.http.api import Send
from support.http.asgi_client import over_asgi
from support.protected.asgi_service import PUBLIC
from support.protected.view import seen_by_view

from cybershop_customer import CustomerServiceError, SessionChecker
from cybershop_customer.entrypoints.middleware.asgi import SessionMiddleware
from cybershop_customer.entrypoints.middleware.falcon import session_of
from cybershop_customer.entrypoints.middleware.reply import problem_reply


class Mine:
    async def on_get(self, req: Any, resp: Any) -> None:
        session = session_of(req)
        resp.media = seen_by_view(session)

    async def on_head(self, req: Any, resp: Any) -> None: ...


class Products:
    async def on_post(self, req: Any, resp: Any) -> None:
        session_of(req).require("admin")
        resp.data = await req.stream.read()


class Open:
    async def on_get(self, req: Any, resp: Any) -> None:
        resp.media = {"session": req.scope["state"]["session"]}


async def on_error(req: Any, resp: Any, error: CustomerServiceError, params: Any) -> None:
    reply = problem_reply(error, req.get_header("X-Request-ID"))
    resp.status, resp.data = reply.status, reply.body
    resp.set_headers(dict(reply.headers))


def service(checker: SessionChecker) -> Send:
    app = falcon.asgi.App()
    app.add_route("/mine", Mine())
    app.add_route("/products", Products())
    app.add_route("/health", Open())
    app.add_route("/open/below", Open())
    app.add_error_handler(CustomerServiceError, on_error)
    return over_asgi(SessionMiddleware(app, checker, public=PUBLIC))
