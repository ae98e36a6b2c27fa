"""The protected service in Starlette."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from support.http.api import Send
from support.http.asgi_client import through_test_client
from support.protected.asgi_service import PUBLIC
from support.protected.view import seen_by_view

from cybershop_customer import CustomerServiceError, SessionChecker
from cybershop_customer.entrypoints.middleware.asgi import SessionMiddleware
from cybershop_customer.entrypoints.middleware.reply import problem_reply
from cybershop_customer.entrypoints.middleware.starlette import session_of


async def mine(request: Request) -> Response:
    session = session_of(request)
    return JSONResponse(seen_by_view(session))


async def products(request: Request) -> Response:
    session_of(request).require("admin")
    return Response(await request.body())


async def open_to_all(request: Request) -> Response:
    return JSONResponse({"session": request.state.session})


async def on_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CustomerServiceError)
    reply = problem_reply(error, request.headers.get("X-Request-ID"))
    return Response(reply.body, reply.status, reply.headers)


async def chat(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(session_of(websocket).customer_id)
    await websocket.close()


ROUTES = (
    Route("/mine", mine),
    Route("/products", products, methods=["POST"]),
    Route("/health", open_to_all),
    Route("/open/below", open_to_all),
    WebSocketRoute("/chat", chat),
)


def make_app(checker: SessionChecker) -> Starlette:
    app = Starlette(routes=ROUTES, exception_handlers={CustomerServiceError: on_error})
    app.add_middleware(SessionMiddleware, checker=checker, public=PUBLIC)
    return app


def service(checker: SessionChecker) -> Send:
    return through_test_client(make_app(checker))
