"""The session check in a Django project, under WSGI and ASGI."""

# Django has no types. The functions of asgiref are deprecated only from Python 3.14 on.
# pyright: reportMissingTypeStubs=false, reportDeprecated=false

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from itertools import accumulate
from typing import Any, ClassVar, Final, TypeVar, cast

from ...adapters.extras import requires_framework

with requires_framework("django", "asgiref"):
    from asgiref.sync import iscoroutinefunction, markcoroutinefunction
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.http import HttpRequest, HttpResponse

from ...domain.errors import CheckerUnavailableError, CustomerServiceError
from ...domain.session import Session
from ...domain.trace_context import trace_context
from ..http.bearer import parse_bearer
from .django_checker import ConfiguredChecker, MadeChecker
from .public_mark import MARK, Marked, is_marked, mark_public
from .reply import problem_reply
from .view_session import NOT_CHECKED, require_session

__all__ = ["CustomerSessionMiddleware", "public", "require", "session_of"]

Request = Any
"""A request of Django, with the attribute ``customer_session``."""
GetResponse = Callable[[Request], Any]
View = Callable[..., Any]
Decorated = TypeVar("Decorated", bound=View)
_PUBLIC_NAMESPACES: Final = "CYBERSHOP_PUBLIC_NAMESPACES"


class CustomerSessionMiddleware:
    """Demands a live session for every view, unless the view is ``public``.

    The session is ``request.customer_session``, or None if the view is public. Django's own
    ``request.session`` is separate, and does not change.

    The middleware checks the session just before Django calls the view. An answer of other
    middleware without a view needs no session: a redirect, a 404, a static file, a flat page.

    Refusals, and all other errors of this library that a view raises, become problems. The check,
    and each call of this library's clients within the request, names the trace of the request
    (``traceparent``).

    Settings of the project:

    - ``CYBERSHOP_SESSION_CHECKER``: a SessionChecker, a function that makes one, or the dotted path
      of either. A function is called at the first request of each process.
    - ``CYBERSHOP_PUBLIC_NAMESPACES``: the URL namespaces whose views are public, such as
      ``["admin"]``.

    Raises:
        ImproperlyConfigured: the first setting is missing, or the second is one string.
    """

    sync_capable: ClassVar = True
    async_capable: ClassVar = True

    threads: ClassVar = 8
    """How many checks may run at a time under ASGI."""
    time_limit: ClassVar = 10.0
    """Seconds that a request under ASGI waits for its check before the answer is 503."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self._checker = ConfiguredChecker(threads=self.threads, time_limit=self.time_limit)
        _public_namespaces()
        self.process_view: Callable[..., HttpResponse | Awaitable[HttpResponse | None] | None]
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)
            self.process_view = self._process_view_async
        else:
            self.process_view = self._process_view

    def __call__(self, request: Request) -> Any:  # noqa: ANN401 # the response, or an awaitable of it
        request.customer_session = None  # for middleware of a request without a view
        trace = request.META.get("HTTP_TRACEPARENT"), request.META.get("HTTP_TRACESTATE")
        if iscoroutinefunction(self.get_response):
            return self._respond_async(request, trace)
        with trace_context(*trace):
            return self.get_response(request)

    async def _respond_async(
        self, request: Request, trace: tuple[str | None, str | None]
    ) -> HttpResponse:
        with trace_context(*trace):
            response: HttpResponse = await self.get_response(request)
            return response

    def process_exception(self, request: Request, error: Exception) -> HttpResponse | None:
        """Answer a request whose view raised an error of this library."""
        return _refuse(request, error) if isinstance(error, CustomerServiceError) else None

    def _process_view(
        self, request: Request, view: View, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        request.customer_session = None
        if _is_public(request, view):
            return None
        try:
            context_id = parse_bearer(request.META.get("HTTP_AUTHORIZATION"))
            checker = (self._checker.peek() or self._checker.get()).sync
            _admit(request, checker.check_session(context_id))
        except CustomerServiceError as error:
            return _refuse(request, error)
        return None

    async def _make_checker(self) -> MadeChecker:
        try:
            async with asyncio.timeout(self.time_limit):
                return await asyncio.to_thread(self._checker.get)
        except TimeoutError as error:
            raise CheckerUnavailableError from error

    async def _process_view_async(
        self, request: Request, view: View, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        request.customer_session = None
        if _is_public(request, view):
            return None
        try:
            context_id = parse_bearer(request.META.get("HTTP_AUTHORIZATION"))
            made = self._checker.peek() or await self._make_checker()
            _admit(request, await made.asynchronous.check_session(context_id, role=None))
        except CustomerServiceError as error:
            return _refuse(request, error)
        return None


def public(target: Marked) -> Marked:
    """Mark a view or a class of views as public: it needs no session.

    A subclass of a public class is not public.
    """
    return mark_public(target)


def session_of(request: HttpRequest) -> Session:
    """The session of the request, for a view.

    Raises:
        RuntimeError: there is no session, because the view is public or CustomerSessionMiddleware
            is missing. That is an error in the program, not of the caller.
    """
    return require_session(
        getattr(request, "customer_session", NOT_CHECKED),
        "cybershop_customer.entrypoints.middleware.django.CustomerSessionMiddleware",
    )


def require(role: str) -> Callable[[Decorated], Decorated]:
    """A decorator that demands ``role`` for a view, a function or a coroutine function.

    The view raises ForbiddenError if the session lacks the role. For a class of views, write
    ``@method_decorator(require("admin"), name="dispatch")``.
    """

    def decorate(view: Decorated) -> Decorated:
        @wraps(view)
        def checked(request: Request, *args: object, **kwargs: object) -> object:
            session_of(request).require(role)
            return view(request, *args, **kwargs)

        @wraps(view)
        async def checked_async(request: Request, *args: object, **kwargs: object) -> object:
            session_of(request).require(role)
            return await view(request, *args, **kwargs)

        return cast("Decorated", checked_async if iscoroutinefunction(view) else checked)

    return decorate


def _admit(request: Request, session: Session) -> None:
    request.customer_session = session
    # Keep the answer out of Django's cache for the whole site. That cache answers before the
    # session is checked, so it would serve callers without a session, or after a logout.
    request._cache_update_cache = False  # noqa: SLF001


def _is_public(request: Request, view: View) -> bool:
    return _is_marked(view) or _is_in_public_namespace(request)


def _is_marked(view: View) -> bool:
    # Django's as_view() sets ``view_class``, and that of Django REST framework sets ``cls``.
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    if view_class is None:
        return is_marked(view)
    # as_view() copies the attributes of dispatch, which may be inherited.
    is_inherited = "dispatch" not in vars(view_class) and hasattr(view_class.dispatch, MARK)
    return MARK in vars(view_class) or (is_marked(view) and not is_inherited)


def _is_in_public_namespace(request: Request) -> bool:
    names = _public_namespaces()
    if not names or request.resolver_match is None:
        return False
    return any(
        name in names for name in accumulate(request.resolver_match.namespaces, "{}:{}".format)
    )


def _public_namespaces() -> Sequence[str]:
    names: Sequence[str] = getattr(settings, _PUBLIC_NAMESPACES, ())
    if isinstance(names, str):
        raise ImproperlyConfigured(f"{_PUBLIC_NAMESPACES} is a list: [{names!r}]")
    return names


def _refuse(request: Request, error: CustomerServiceError) -> HttpResponse:
    reply = problem_reply(error, request.headers.get("X-Request-ID"))
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    body = b"" if request.method == "HEAD" else reply.body
    return HttpResponse(body, status=reply.status, headers=headers)
