"""The protected service in FastAPI."""

from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response, WebSocket
from support.http.api import Send
from support.http.asgi_client import through_test_client
from support.protected.asgi_service import PUBLIC
from support.protected.view import seen_by_view

from cybershop_customer import Session
from cybershop_customer.entrypoints.middleware.checker_kind import AnyChecker
from cybershop_customer.entrypoints.middleware.fastapi import current_session, protect, require_role

CurrentSession = Annotated[Session, Depends(current_session)]


def make_app(checker: AnyChecker) -> FastAPI:
    app = FastAPI()
    protect(app, checker, public=PUBLIC)

    @app.get("/mine")
    def mine(session: CurrentSession) -> Any:
        return seen_by_view(session)

    @app.head("/mine")
    def head_of_mine() -> None: ...

    @app.post("/products", dependencies=[Depends(require_role("admin"))])
    async def products(request: Request) -> Any:
        return Response(await request.body())

    @app.get("/health")
    @app.get("/open/below")
    def open_to_all(request: Request) -> Any:
        return {"session": request.state.session}

    @app.websocket("/chat")
    async def chat(websocket: WebSocket, session: CurrentSession) -> None:
        await websocket.accept()
        await websocket.send_text(session.customer_id)
        await websocket.close()

    return app


def service(checker: AnyChecker) -> Send:
    return through_test_client(make_app(checker))
