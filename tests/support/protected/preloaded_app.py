"""A protected service that uses the store while it is imported, before its server forks."""

import json
import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from cybershop_customer.entrypoints.container import make_container
from cybershop_customer.entrypoints.middleware.wsgi import SessionMiddleware, session_of
from cybershop_customer.entrypoints.session_checkers import CachePolicy, dynamodb_session_checker
from cybershop_customer.entrypoints.settings import Settings

container = make_container(Settings.from_environ(os.environ))
checker = dynamodb_session_checker(
    os.environ["CUSTOMER_DYNAMODB_ENDPOINT"],
    table_prefix=os.environ["CUSTOMER_TABLE_PREFIX"],
    policy=CachePolicy(max_age=0, refusal_max_age=0),
)
container.services().probe.probe()
checker.check_session(os.environ["FIRST_CONTEXT_ID"])


def whose(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    session = session_of(environ)
    start_response("200 OK", [("Content-Type", "application/json")])
    found = {
        "process": os.getpid(),
        "customer_id": session.customer_id,
        "roles": sorted(session.roles),
    }
    return [json.dumps(found).encode()]


_by_checker = SessionMiddleware(whose, checker)
_by_container = SessionMiddleware(whose, container.session_checker())


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    by_container = environ["PATH_INFO"] == "/container"
    return (_by_container if by_container else _by_checker)(environ, start_response)
