"""The protected service in Django, under WSGI."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import clear_url_caches, path
from django.utils.functional import empty
from support.http.api import Send
from support.http.wsgi_client import over_strict_wsgi
from support.protected.view import seen_by_view
from support.protected.wsgi_service import PUBLIC

from cybershop_customer import CustomerServiceError, SessionChecker
from cybershop_customer.entrypoints.middleware.reply import problem_reply
from cybershop_customer.entrypoints.middleware.wsgi import SessionMiddleware, session_of


@contextmanager
def unconfigured_django() -> Iterator[None]:
    """Reset Django, so that its settings can be configured again."""
    before = settings._wrapped
    settings._wrapped = empty
    clear_url_caches()
    try:
        yield
    finally:
        settings._wrapped = before
        clear_url_caches()


class Problems:
    """A Django middleware that answers the errors of a view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, CustomerServiceError):
            return None
        reply = problem_reply(error, request.headers.get("X-Request-ID"))
        return HttpResponse(reply.body, status=reply.status, headers=reply.headers)


def mine(request: Any) -> HttpResponse:
    session = session_of(request.environ)
    return JsonResponse(seen_by_view(session))


def products(request: Any) -> HttpResponse:
    session_of(request.environ).require("admin")
    return HttpResponse(request.body)


def open_to_all(request: Any) -> HttpResponse:
    return JsonResponse({"session": request.environ["cybershop.session"]})


URLS = (
    path("mine", mine),
    path("products", products),
    path("health", open_to_all),
    path("open/below", open_to_all),
)


def make_app(checker: SessionChecker) -> Any:
    """Make the application; call this inside ``unconfigured_django``."""
    settings.configure(
        ROOT_URLCONF=URLS,
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[f"{__name__}.{Problems.__name__}"],
        LOGGING_CONFIG=None,
    )
    return SessionMiddleware(WSGIHandler(), checker, public=PUBLIC)


@contextmanager
def service(checker: SessionChecker) -> Iterator[Send]:
    with unconfigured_django():
        yield over_strict_wsgi(make_app(checker))
