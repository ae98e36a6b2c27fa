"""The protected service in FastAPI."""

from typing import Any

from fastapi import FastAPI, Request, Response, WebSocket
from support.http.api import Send
from support.http.asgi_client import through_test_client
from support.protected.asgi_service import PUBLIC
from support.protected.view import seen_by_view

from cybershop_customer import CustomerServiceError
from cybershop_customer.entrypoints.middleware.asgi import SessionMiddleware
from cybershop_customer.entrypoints.middleware.checker_kind import AnyChecker
from cybershop_customer.entrypoints.middleware.reply import problem_reply


def make_app(checker: AnyChecker) -> FastAPI:
    app = FastAPI()
    app.add_middleware(SessionMiddleware, checker=checker, public=PUBLIC)

    @app.get("/mine")
    def mine(request: Request) -> Any:
        session = request.state.session
        return seen_by_view(session)

    @app.head("/mine")
    def head_of_mine() -> None: ...

    @app.post("/products")
    async def products(request: Request) -> Any:
        request.state.session.require("admin")
        return Response(await request.body())

    @app.get("/health")
    @app.get("/open/below")
    def open_to_all(request: Request) -> Any:
        return {"session": request.state.session}

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(websocket.state.session.customer_id)
        await websocket.close()

    @app.exception_handler(CustomerServiceError)
    async def on_error(request: Request, error: CustomerServiceError) -> Response:
        reply = problem_reply(error, request.headers.get("X-Request-ID"))
        return Response(reply.body, reply.status, reply.headers)

    return app


def service(checker: AnyChecker) -> Send:
    return through_test_client(make_app(checker))
