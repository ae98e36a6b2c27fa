"""Applications of every framework with the same routes; each view reports that it ran."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import falcon
import falcon.asgi
from asgiref.wsgi import WsgiToAsgi
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path
from fastapi import FastAPI
from flask import Flask
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

ROUTES: Final = (
    "/below",
    "/health",
    "/mine",
    "/open",
    "/open/",
    "/open/below",
    "/open/mine",
    "/product/health",
    "/product/open/below",
    "/shop/mine",
)
Ran = Callable[[str], object]
Protect = Callable[[Any], Any]
"""Wraps an application."""


def starlette(ran: Ran, protect: Protect) -> Any:
    return protect(_starlette(ran))


def starlette_mounted(ran: Ran, protect: Protect) -> Any:
    return Starlette(
        routes=[
            Mount(prefix, protect(_starlette(ran))) for prefix in ("/open", "/product", "/shop", "")
        ]
    )


def _starlette(ran: Ran) -> Starlette:
    def view(route: str) -> Any:
        async def run(_request: Request) -> PlainTextResponse:
            ran(route)
            return PlainTextResponse(route)

        return run

    return Starlette(routes=[Route(route, view(route)) for route in ROUTES])


def fastapi(ran: Ran, protect: Protect) -> Any:
    app = FastAPI()
    for route in ROUTES:

        @app.get(route)
        async def view(route: str = route) -> None:
            ran(route)

    # As add_middleware does, so that FastAPI has set its own root_path by then.
    build = app.build_middleware_stack
    app.build_middleware_stack = lambda: protect(build())
    return app


def falcon_asgi(ran: Ran, protect: Protect) -> Any:
    app = falcon.asgi.App()
    app.req_options.strip_url_path_trailing_slash = True
    for route in ROUTES:
        app.add_route(route, _AsyncResource(route, ran))
    return protect(app)


class _AsyncResource:
    def __init__(self, route: str, ran: Ran) -> None:
        self.route = route
        self.ran = ran

    async def on_get(self, req: object, resp: object) -> None:
        self.ran(self.route)


def django_asgi(ran: Ran, protect: Protect) -> Any:
    def view(route: str) -> Any:
        async def run(_request: object) -> HttpResponse:
            ran(route)
            return HttpResponse(route)

        return run

    _configure_django(view)
    return protect(ASGIHandler())


def flask_asgi(ran: Ran, protect: Protect) -> Any:
    return protect(WsgiToAsgi(_flask(ran)))


def flask(ran: Ran, protect: Protect) -> Any:
    return protect(_flask(ran))


def _flask(ran: Ran) -> Flask:
    app = Flask(__name__)
    app.url_map.strict_slashes = False

    def view(route: str) -> Callable[[], str]:
        def run() -> str:
            ran(route)
            return route

        return run

    for route in ROUTES:
        app.add_url_rule(route, route, view(route))
    return app


def django(ran: Ran, protect: Protect) -> Any:
    def view(route: str) -> Any:
        def run(_request: object) -> HttpResponse:
            ran(route)
            return HttpResponse(route)

        return run

    _configure_django(view)
    return protect(WSGIHandler())


def _configure_django(view: Callable[[str], Any]) -> None:
    urls: Sequence[Any] = [path(route.removeprefix("/"), view(route)) for route in ROUTES]
    settings.configure(
        ROOT_URLCONF=tuple(urls),
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
        LOGGING_CONFIG=None,
    )


def falcon_wsgi(ran: Ran, protect: Protect) -> Any:
    app = falcon.App()
    app.req_options.strip_url_path_trailing_slash = True
    for route in ROUTES:
        app.add_route(route, _Resource(route, ran))
    return protect(app)


class _Resource:
    def __init__(self, route: str, ran: Ran) -> None:
        self.route = route
        self.ran = ran

    def on_get(self, req: object, resp: object) -> None:
        self.ran(self.route)


ASGI: Final = {
    "starlette": starlette,
    "starlette mounted": starlette_mounted,
    "fastapi": fastapi,
    "falcon": falcon_asgi,
    "django": django_asgi,
    "flask": flask_asgi,
}
WSGI: Final = {"flask": flask, "django": django, "falcon": falcon_wsgi}
