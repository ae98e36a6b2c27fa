"""The protected service as a Django project with the Django middleware."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from asgiref.local import _DefaultLocal
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.dispatch import Signal
from django.http import HttpResponse, JsonResponse
from django.test import AsyncClient, Client
from django.urls import path
from support.http.api import Answer, Request, Send
from support.http.asgi_client import over_asgi
from support.http.wsgi_client import over_strict_wsgi
from support.protected.django_service import unconfigured_django
from support.protected.view import seen_by_view

from cybershop_customer import SessionChecker
from cybershop_customer.entrypoints.middleware.django import public, require, session_of

MIDDLEWARE: Final = "cybershop_customer.entrypoints.middleware.django.CustomerSessionMiddleware"


def mine(request: Any) -> HttpResponse:
    session = session_of(request)
    return JsonResponse(seen_by_view(session))


@require("admin")
def products(request: Any) -> HttpResponse:
    return HttpResponse(request.body)


@public
def open_to_all(request: Any) -> HttpResponse:
    return JsonResponse({"session": request.customer_session})


async def mine_async(request: Any) -> HttpResponse:
    return mine(request)


@require("admin")
async def products_async(request: Any) -> HttpResponse:
    return HttpResponse(request.body)


@public
async def open_to_all_async(request: Any) -> HttpResponse:
    return open_to_all(request)


URLS: Final = (
    path("mine", mine),
    path("products", products),
    path("health", open_to_all),
    path("open/below", open_to_all),
)
ASYNC_URLS: Final = (
    path("mine", mine_async),
    path("products", products_async),
    path("health", open_to_all_async),
    path("open/below", open_to_all_async),
)


def configure(checker: object, urls: Any = URLS, **more: Any) -> None:
    """Configure the project; call this inside ``unconfigured_django``."""
    settings.configure(
        **{
            "ROOT_URLCONF": urls,
            "ALLOWED_HOSTS": ["*"],
            "MIDDLEWARE": [MIDDLEWARE],
            "LOGGING_CONFIG": None,
            "CYBERSHOP_SESSION_CHECKER": checker,
            **more,
        }
    )


def through_django_client(client: Client | AsyncClient) -> Send:
    """Send requests with a test client of Django."""

    def send(request: Request) -> Answer:
        headers: dict[str, str] = {}
        for name, value in request.headers:
            headers[name] = f"{headers[name]},{value}" if name in headers else value
        content_type = headers.pop("Content-Type", "application/octet-stream")
        found: Any = client.generic(
            request.method, request.target, request.body, content_type, headers=headers
        )
        if asyncio.iscoroutine(found):
            found = asyncio.run(_completed(found))
        lower = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, lower, found.content)

    return send


async def _completed(found: Any) -> Any:
    return await found


@contextmanager
def through_client(checker: SessionChecker) -> Iterator[Send]:
    with unconfigured_django():
        configure(checker)
        yield through_django_client(Client())


@contextmanager
def through_async_client(checker: SessionChecker) -> Iterator[Send]:
    with unconfigured_django():
        configure(checker, ASYNC_URLS)
        yield through_django_client(AsyncClient())


@contextmanager
def under_wsgi(checker: SessionChecker) -> Iterator[Send]:
    with unconfigured_django():
        configure(checker, ASYNC_URLS)
        yield over_strict_wsgi(WSGIHandler())


@contextmanager
def under_asgi(checker: SessionChecker) -> Iterator[Send]:
    with unconfigured_django():
        configure(checker, URLS)
        yield over_asgi(ASGIHandler())


def locks_of_django() -> list[AbstractContextManager[object]]:
    """The locks that Django and asgiref take for a moment in each request.

    Neither survives a fork in that moment, with any middleware: the child waits for ever.
    """
    gc.unfreeze()  # The collector lists nothing that tests/conftest.py has frozen.
    found = gc.get_objects()
    signals = [it.lock for it in found if issubclass(type(it), Signal)]
    locals_ = [object.__getattribute__(it, "_lock") for it in found if type(it) is _DefaultLocal]
    assert signals
    assert locals_
    return [*signals, *locals_]
