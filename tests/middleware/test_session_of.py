"""``session_of`` in each framework: the session, or an error that says which mistake it is."""

from collections.abc import Callable
from typing import Any, Final

import falcon.testing
import flask
import pytest
from django.conf import settings
from django.http import HttpRequest
from starlette.requests import HTTPConnection
from support.builders.values import a_session
from support.protected.django_service import unconfigured_django

from cybershop_customer.entrypoints.middleware.django import session_of as session_of_django
from cybershop_customer.entrypoints.middleware.falcon import session_of as session_of_falcon
from cybershop_customer.entrypoints.middleware.flask import session_of as session_of_flask
from cybershop_customer.entrypoints.middleware.starlette import session_of as session_of_starlette


def falcon_request(kept: dict[str, Any]) -> Any:
    request = falcon.testing.create_req()
    for session in kept.values():
        request.context.session = session
    return session_of_falcon(request)


def falcon_in_wsgi_middleware(kept: dict[str, Any]) -> Any:
    environ = falcon.testing.create_environ()
    environ.update({f"cybershop.{name}": kept[name] for name in kept})
    return session_of_falcon(falcon.Request(environ))


def falcon_asgi(kept: dict[str, Any]) -> Any:
    request = falcon.testing.create_asgi_req()
    request.scope["state"] = {**kept}
    return session_of_falcon(request)


def flask_request(kept: dict[str, Any]) -> Any:
    environ = falcon.testing.create_environ()
    environ.update({f"cybershop.{name}": kept[name] for name in kept})
    return session_of_flask(flask.Request(environ))


def starlette_connection(kept: dict[str, Any]) -> Any:
    scope = {"type": "http", "headers": [], "state": {**kept}}
    return session_of_starlette(HTTPConnection(scope))


def django_request(kept: dict[str, Any]) -> Any:
    request: Any = HttpRequest()
    for session in kept.values():
        request.customer_session = session
    return session_of_django(request)


FINDERS: Final = (
    falcon_request,
    falcon_in_wsgi_middleware,
    falcon_asgi,
    flask_request,
    starlette_connection,
    django_request,
)
Find = Callable[[dict[str, Any]], Any]


@pytest.fixture(params=FINDERS, ids=lambda find: find.__name__)
def find(request: pytest.FixtureRequest) -> Any:
    with unconfigured_django():
        settings.configure()
        yield request.param


def test_the_session_that_the_middleware_kept(find: Find) -> None:
    session = a_session("zoe")

    assert find({"session": session}) is session


def test_on_a_public_path_the_error_says_so(find: Find) -> None:
    with pytest.raises(RuntimeError, match="no session here: this is public"):
        find({"session": None})


def test_without_the_middleware_the_error_names_it(find: Find) -> None:
    with pytest.raises(RuntimeError, match=r"cybershop_customer\.\S+ is missing\. Add it"):
        find({})


def test_another_object_is_no_session(find: Find) -> None:
    with pytest.raises(RuntimeError, match="is missing"):
        find({"session": {"customer_id": "zoe"}})
