"""The protected service as a bare WSGI application."""

import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.validate import validator

from support.http.api import Send
from support.http.wsgi_client import over_strict_wsgi
from support.protected.view import seen_by_view

from cybershop_customer import CustomerServiceError, SessionChecker
from cybershop_customer.entrypoints.middleware.reply import problem_reply
from cybershop_customer.entrypoints.middleware.wsgi import SessionMiddleware, session_of

PUBLIC = ("/health", "/open/")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    try:
        body = _answer(environ)
    except CustomerServiceError as error:
        reply = problem_reply(error, environ.get("HTTP_X_REQUEST_ID"))
        start_response(f"{reply.status} Refused", list(reply.headers.items()))
        return [reply.body]
    start_response("200 OK", [("Content-Type", "application/json")])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _answer(environ: dict[str, Any]) -> bytes:
    if environ["PATH_INFO"] == "/mine":
        session = session_of(environ)
        found = seen_by_view(session)
        return json.dumps(found).encode()
    if environ["PATH_INFO"] == "/products":
        session_of(environ).require("admin")
        body: bytes = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return body
    return json.dumps({"session": environ["cybershop.session"]}).encode()


def service(checker: SessionChecker) -> Send:
    return over_strict_wsgi(SessionMiddleware(validator(application), checker, public=PUBLIC))
