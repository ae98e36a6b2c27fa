"""The protected service in Flask."""

from typing import Any

from flask import Flask, request
from support.http.api import Answer, Request, Send
from support.protected.view import seen_by_view
from support.protected.wsgi_service import PUBLIC

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.middleware.flask import protect, session_of


def make_app(checker: SessionChecker) -> Flask:
    app = Flask(__name__)
    protect(app, checker, public=PUBLIC)

    @app.get("/mine")
    def mine() -> Any:
        session = session_of(request)
        return seen_by_view(session)

    @app.post("/products")
    def products() -> Any:
        session_of(request).require("admin")
        return request.get_data()

    @app.get("/health")
    @app.get("/open/below")
    def open_to_all() -> Any:
        return {"session": request.environ["cybershop.session"]}

    return app


def through_flask_client(app: Flask) -> Send:
    client = app.test_client()

    def send(request: Request) -> Answer:
        found = client.open(
            request.target,
            method=request.method,
            headers=list(request.headers),
            data=request.body or None,
        )
        lower = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, lower, found.get_data())

    return send


def service(checker: SessionChecker) -> Send:
    return through_flask_client(make_app(checker))
