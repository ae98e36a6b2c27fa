"""The Django middleware: the views that need a session, the settings and the test clients."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse, JsonResponse
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory, override_settings
from django.urls import include, path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import cache_page
from django.views.generic import View
from support.builders.values import a_session
from support.doubles.failing_port import FailingPort
from support.http.api import Api, Request
from support.http.asgi_client import exchange, http_scope
from support.http.customer_api import the_problem
from support.http.transports import TIMEOUT
from support.protected.django_project import (
    ASYNC_URLS,
    MIDDLEWARE,
    URLS,
    configure,
    mine,
    products,
    products_async,
    through_django_client,
)
from support.protected.django_service import unconfigured_django

from cybershop_customer import CheckerUnavailableError, ForbiddenError, SessionChecker
from cybershop_customer.entrypoints.middleware.django import public, require
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.session_checker import MemorySessionChecker

CACHES = [
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.cache.FetchFromCacheMiddleware",
]
made: list[MemorySessionChecker] = []


@pytest.fixture(autouse=True)
def _unconfigured() -> Iterator[None]:
    made.clear()
    with unconfigured_django():
        yield


def make_checker() -> MemorySessionChecker:
    """The function that a project names in its settings."""
    made.append(MemorySessionChecker())
    return made[-1]


def not_a_checker() -> object:
    return object()


def client_of(checker: object, *urls: Any, **more: Any) -> Api:
    configure(checker, urls or URLS, **more)
    return Api(through_django_client(Client()))


class Answering(View):
    """Answers GET with the customer of the session."""

    def get(self, request: Any) -> HttpResponse:
        session = request.customer_session
        return JsonResponse({"session": session and session.customer_id})


class TestWhatNeedsASession:
    def test_a_class_of_views_needs_a_session(self, checker: SessionChecker, zoe: str) -> None:
        api = client_of(checker, path("mine", Answering.as_view()))

        the_problem(api.get("/mine"), 401, "session-refused")
        assert api.get("/mine", bearer=zoe).json == {"session": "zoe"}

    def test_a_public_class_needs_no_session(self, checker: SessionChecker) -> None:
        @public
        class Open(Answering): ...

        api = client_of(checker, path("open", Open.as_view()))

        assert api.get("/open").json == {"session": None}

    def test_a_subclass_of_a_public_class_needs_a_session(self, checker: SessionChecker) -> None:
        @public
        class Open(Answering): ...

        @method_decorator(public, name="dispatch")
        class OpenToo(Answering): ...

        class Closed(Open): ...

        class ClosedToo(OpenToo): ...

        api = client_of(
            checker,
            path("open", OpenToo.as_view()),
            path("closed", Closed.as_view()),
            path("closed-too", ClosedToo.as_view()),
            path("opened", public(ClosedToo.as_view())),
        )

        assert api.get("/open").status == 200
        the_problem(api.get("/closed"), 401, "session-refused")
        the_problem(api.get("/closed-too"), 401, "session-refused")
        # This view has the mark, but its class only inherits one. The class decides.
        the_problem(api.get("/opened"), 401, "session-refused")

    def test_a_view_that_is_public_in_one_route_needs_no_session_there(
        self, checker: SessionChecker
    ) -> None:
        api = client_of(
            checker,
            path("mine", Answering.as_view()),
            path("open", public(Answering.as_view())),
        )

        assert api.get("/open").json == {"session": None}
        the_problem(api.get("/mine"), 401, "session-refused")

    def test_a_view_in_a_public_namespace_needs_no_session(self, checker: SessionChecker) -> None:
        inner = ([path("mine", Answering.as_view())], "shop")
        api = client_of(
            checker,
            path("admin/", include((inner[0], "admin"))),
            path("shop/", include(inner)),
            path("a/", include(([path("b/", include((inner[0], "admin")))], "a"))),
            CYBERSHOP_PUBLIC_NAMESPACES=["admin"],
        )

        assert api.get("/admin/mine").json == {"session": None}
        the_problem(api.get("/shop/mine"), 401, "session-refused")
        the_problem(api.get("/a/b/mine"), 401, "session-refused")

    def test_an_answer_of_django_without_a_view_needs_no_session(
        self, checker: SessionChecker
    ) -> None:
        api = client_of(
            checker,
            path("mine/", Answering.as_view()),
            MIDDLEWARE=["django.middleware.common.CommonMiddleware", MIDDLEWARE],
        )

        assert api.get("/nowhere").status == 404
        assert (api.get("/mine").status, api.get("/mine/").status) == (301, 401)

    def test_a_session_from_other_middleware_does_not_count(self, checker: SessionChecker) -> None:
        for order in ([MIDDLEWARE, f"{__name__}.planting"], [f"{__name__}.planting", MIDDLEWARE]):
            with unconfigured_django():
                api = client_of(checker, MIDDLEWARE=order)
                assert api.get("/health").json == {"session": None}
                the_problem(api.get("/mine"), 401, "session-refused")


def planting(get_response: Callable[[Any], HttpResponse]) -> Callable[[Any], HttpResponse]:
    """Middleware for WSGI only, which sets a false session."""

    def middleware(request: Any) -> HttpResponse:
        request.customer_session = "planted"
        return get_response(request)

    return middleware


class TestRequire:
    def test_a_class_of_views_can_demand_a_role(
        self, checker: SessionChecker, zoe: str, ada: str
    ) -> None:
        @method_decorator(require("admin"), name="dispatch")
        class Admins(Answering): ...

        class AsyncAdmins(View):
            @method_decorator(require("admin"))
            async def get(self, request: Any) -> HttpResponse:
                return JsonResponse({"session": request.customer_session.customer_id})

        api = client_of(
            checker,
            path("admins", Admins.as_view()),
            path("async-admins", AsyncAdmins.as_view()),
            path("routed", require("admin")(Answering.as_view())),
        )

        for url in ("/admins", "/async-admins", "/routed"):
            the_problem(api.get(url), 401, "session-refused")
            the_problem(api.get(url, bearer=zoe), 403, "role-required")
            assert api.get(url, bearer=ada).json == {"session": "ada"}

    def test_a_role_without_a_session_is_an_error_in_the_program(
        self, checker: SessionChecker
    ) -> None:
        api = client_of(checker, path("open", public(require("admin")(Answering.as_view()))))

        with pytest.raises(RuntimeError, match="no session here"):
            api.get("/open")


class TestTestTools:
    """The test tools of Django. Each calls the views in its own way."""

    def test_a_request_factory_needs_a_session_set_by_the_test(self) -> None:
        configure(MemorySessionChecker())
        request: Any = RequestFactory().post("/products", b"1", "application/json")

        with pytest.raises(RuntimeError, match="CustomerSessionMiddleware is missing"):
            products(request)
        request.customer_session = a_session("zoe")
        assert mine(request).status_code == 200
        with pytest.raises(ForbiddenError):
            products(request)

    def test_an_async_request_factory_needs_a_session_set_by_the_test(self) -> None:
        configure(MemorySessionChecker())
        request: Any = AsyncRequestFactory().post("/products", b"1", "application/json")
        request.customer_session = a_session("ada", roles=frozenset({"admin"}))

        assert asyncio.run(products_async(request)).content == b"1"

    def test_override_settings_replaces_the_checker(self) -> None:
        ann, bob = MemorySessionChecker(), MemorySessionChecker()
        api = client_of(ann)

        with override_settings(CYBERSHOP_SESSION_CHECKER=bob):
            assert api.get("/mine", bearer=bob.open_session("bob")).status == 200
            assert api.get("/mine", bearer=ann.open_session("ann")).status == 401
        assert api.get("/mine", bearer=ann.open_session("ann")).status == 200


class TestTheChecker:
    def test_it_is_made_at_the_first_request(self) -> None:
        configure(f"{__name__}.make_checker")
        client = Client()
        client.handler.load_middleware()
        assert made == []

        assert [client.get("/mine").status_code for _ in "ab"] == [401, 401]

        assert len(made) == 1

    def test_a_forked_process_makes_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        api = client_of(f"{__name__}.make_checker")
        parent = made_by(api)
        child_id = os.getpid() + 1
        monkeypatch.setattr(os, "getpid", lambda: child_id)

        child = made_by(api)

        assert child is not parent
        assert made == [parent, child]

    def test_a_process_forked_while_the_checker_is_made_makes_its_own(self) -> None:
        """The child inherits the lock of the parent, which stays locked there."""
        at_work = threading.Event()
        go_on = threading.Event()
        parent_id = os.getpid()

        def make() -> MemorySessionChecker:
            if os.getpid() == parent_id:
                at_work.set()
                assert go_on.wait(TIMEOUT)
            return make_checker()

        api = client_of(make)
        thread = threading.Thread(target=api.get, args=["/mine"])
        thread.start()
        try:
            assert at_work.wait(TIMEOUT)
            child = os.fork()
            if not child:
                os._exit(0 if api.get("/mine").status == 401 else 1)
            assert exit_status_of(child) == 0
        finally:
            go_on.set()
            thread.join()

    def test_many_threads_make_one(self) -> None:
        configure(f"{__name__}.make_checker")
        client = Client()
        # A server loads the middleware before the first request. Django's client loads it in the
        # first request of each thread.
        client.handler.load_middleware()
        api = Api(through_django_client(client))
        barrier = threading.Barrier(8)

        def ask() -> None:
            barrier.wait()
            assert api.get("/mine").status == 401

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert len(made) == 1

    @pytest.mark.parametrize(
        "source",
        [
            make_checker,
            MemorySessionChecker,
            MemorySessionChecker(),
            "cybershop_customer.entrypoints.testkit.session_checker.MemorySessionChecker",
        ],
    )
    def test_every_form_of_the_setting_works(self, source: object) -> None:
        the_problem(client_of(source).get("/mine"), 401, "session-refused")

    @pytest.mark.parametrize("source", [f"{__name__}.not_a_checker", not_a_checker, 1])
    def test_a_setting_that_leads_to_no_checker_is_refused(self, source: object) -> None:
        with pytest.raises(ImproperlyConfigured, match="which is no session checker"):
            client_of(source).get("/mine")

    def test_without_the_setting_the_project_does_not_start(self) -> None:
        configure(None)

        with pytest.raises(ImproperlyConfigured, match="CYBERSHOP_SESSION_CHECKER is missing"):
            WSGIHandler()

    def test_one_string_is_not_several_namespaces(self) -> None:
        configure(MemorySessionChecker(), CYBERSHOP_PUBLIC_NAMESPACES="admin")

        with pytest.raises(ImproperlyConfigured, match=r"\['admin'\]"):
            WSGIHandler()


def made_by(api: Api) -> MemorySessionChecker:
    """The checker that answered a request of this process."""
    assert api.get("/mine").status == 401
    return made[-1]


def exit_status_of(child: int) -> int:
    """The exit status of a child process, which must end in time."""
    deadline = threading.Event()
    for _ in range(int(TIMEOUT * 100)):
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        deadline.wait(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return -9


class TestUnderASGI:
    def test_a_check_that_blocks_does_not_block_the_loop(self) -> None:
        opened = threading.Event()
        arrived = threading.Event()
        checking: set[str] = set()

        class Slow(MemorySessionChecker):
            def check_session(self, *args: Any, **more: Any) -> Any:
                checking.add(threading.current_thread().name.partition("_")[0])
                arrived.set()
                assert opened.wait(TIMEOUT)
                return super().check_session(*args, **more)

        checker = Slow()
        context_id = checker.open_session("zoe")
        configure(checker, ASYNC_URLS)

        async def steps() -> None:
            client = AsyncClient()
            bearer = {"Authorization": f"Bearer {context_id}"}
            waiting = asyncio.create_task(client.get("/mine", headers=bearer))
            assert await asyncio.to_thread(arrived.wait, TIMEOUT)
            assert (await client.get("/health")).status_code == 200
            assert not waiting.done()
            opened.set()
            assert (await waiting).status_code == 200

        asyncio.run(steps())
        assert checking == {"session-check"}

    def test_the_checker_is_made_in_a_thread(self) -> None:
        loops: list[object] = []

        def make() -> MemorySessionChecker:
            loops.append(asyncio._get_running_loop())
            return make_checker()

        configure(make, ASYNC_URLS)
        client = AsyncClient()

        assert [asyncio.run(client.get("/mine")).status_code for _ in "ab"] == [401, 401]  # type: ignore[arg-type]
        assert (loops, len(made)) == ([None], 1)

    @pytest.mark.parametrize("order", ["before", "after"])
    def test_it_works_with_middleware_for_wsgi_only(
        self, checker: SessionChecker, zoe: str, order: str
    ) -> None:
        sync = f"{__name__}.planting"
        middleware = [sync, MIDDLEWARE] if order == "before" else [MIDDLEWARE, sync]
        configure(checker, ASYNC_URLS, MIDDLEWARE=middleware)
        api = Api(through_django_client(AsyncClient()))

        the_problem(api.get("/mine"), 401, "session-refused")
        assert api.get("/mine", bearer=zoe).json["customer_id"] == "zoe"

    def test_the_root_path_does_not_matter(self, checker: SessionChecker) -> None:
        configure(checker, ASYNC_URLS)
        app = ASGIHandler()

        def status(path: str, root_path: str) -> int:
            scope = http_scope(Request("GET", path), root_path=root_path)
            start, *_ = asyncio.run(exchange(app, scope, [{"type": "http.request"}]))
            found: int = start["status"]
            return found

        assert status("/shop/health", "/shop") == 200
        assert status("/shop/mine", "/shop") == 401
        assert status("/shop/mine", "/shop/") == 404


def test_listed_before_djangos_csrf_check_it_answers_first(
    checker: SessionChecker, zoe: str
) -> None:
    order = [MIDDLEWARE, "django.middleware.csrf.CsrfViewMiddleware"]
    configure(checker, MIDDLEWARE=order, USE_I18N=False)
    api = Api(through_django_client(Client(enforce_csrf_checks=True)))

    the_problem(api.post("/products", {}), 401, "session-refused")
    refused = api.post("/products", {}, bearer=zoe)
    assert (refused.status, b"CSRF" in refused.body) == (403, True)


class TestDjangosCache:
    @pytest.mark.parametrize("order", ["within", "around"])
    def test_the_cache_of_the_site_stores_no_protected_answer(
        self, checker: SessionChecker, services: Services, zoe: str, order: str
    ) -> None:
        """Otherwise Django would serve it to callers without a session, or after a logout."""
        middleware = [*CACHES, MIDDLEWARE] if order == "within" else [MIDDLEWARE, *CACHES]
        api = client_of(
            checker,
            MIDDLEWARE=middleware,
            CACHES={
                "default": {
                    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
                    "LOCATION": order,
                }
            },
        )

        assert api.get("/mine", bearer=zoe).status == 200
        the_problem(api.get("/mine"), 401, "session-refused")
        services.sessions.logout(zoe)
        the_problem(api.get("/mine", bearer=zoe), 401, "session-refused")
        assert "max-age" in [api.get("/health") for _ in "ab"][1].headers["cache-control"]

    def test_a_cached_view_still_needs_a_session(self, checker: SessionChecker, zoe: str) -> None:
        def cached(request: Any) -> HttpResponse:
            answer: HttpResponse = cache_page(60)(mine)(request)
            return answer

        api = client_of(checker, path("mine", cached))

        assert api.get("/mine", bearer=zoe).status == 200
        the_problem(api.get("/mine"), 401, "session-refused")


def test_a_refused_head_has_no_body_but_the_length_of_one(checker: SessionChecker) -> None:
    api = client_of(checker)

    head = api.request("HEAD", "/mine")

    assert (head.status, head.body) == (401, b"")
    assert int(head.headers["content-length"]) > 200


def test_an_error_of_other_code_is_left_to_django() -> None:
    with pytest.raises(ZeroDivisionError):
        client_of(FailingPort(ZeroDivisionError())).get("/mine")


def test_while_sessions_cannot_be_checked_what_django_answers_is_answered() -> None:
    assert client_of(FailingPort(CheckerUnavailableError())).get("/nowhere").status == 404
