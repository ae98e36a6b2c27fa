"""The code of a private view never runs unchecked, however its path is written.

Frameworks, servers and mounts read a path in different ways; here they are the real ones.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import unquote, unquote_to_bytes

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from support.http.api import Request
from support.http.asgi_client import exchange, http_scope
from support.http.wsgi_client import environ_of
from support.protected.django_service import unconfigured_django
from support.protected.routed_apps import ASGI, ROUTES, WSGI

from cybershop_customer import RefusalReason, Session, SessionChecker, SessionRefusedError
from cybershop_customer.entrypoints.middleware import asgi, wsgi

PUBLIC: Final = ("/health", "/open/", "/product/open/")
ROOTS: Final = ("", "/", "/open", "/op", "/product", "/product/", "/shop", "/mine", "/%6fpen", "//")

segments = st.sampled_from(
    [
        "below",
        "health",
        "mine",
        "open",
        "product",
        "shop",
        "",
        ".",
        "..",
        "%2e%2e",
        "%6fpen",
        "a%2fb",
    ]
)
targets = st.builds(
    lambda names, end: "/" + "/".join(names) + end,
    st.lists(segments, max_size=5),
    st.sampled_from(["", "/"]),
) | st.sampled_from(ROUTES)
roots = st.sampled_from(ROOTS)
SCOPES: Final[dict[str, Callable[[str, str], dict[str, Any]]]] = {
    "the root is in no path": lambda root, target: {
        "path": unquote(target),
        "raw_path": target.encode(),
    },
    "the root is in both paths": lambda root, target: {
        "path": root + unquote(target),
        "raw_path": (root + target).encode(),
    },
    "the root is in one path": lambda root, target: {
        "path": root + unquote(target),
        "raw_path": target.encode(),
    },
    "there is one path": lambda root, target: {"path": root + unquote(target)},
}


class Refusing(SessionChecker):
    """Nobody has a session."""

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        raise SessionRefusedError(RefusalReason.MISSING)

    cached = check_session
    """It knows that at once, so that no thread is needed."""


class Views:
    """An application, and which views of it ran."""

    def __init__(self, make: Callable[..., Any], middleware: Any) -> None:
        self.ran: list[str] = []
        self.app = make(self.ran.append, lambda app: middleware(app, Refusing(), public=PUBLIC))

    def ran_private(self) -> list[str]:
        """The private views that ran since the last call."""
        ran = [view for view in self.ran if not view.startswith(PUBLIC)]
        self.ran.clear()
        return ran


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Django logs every 404."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture(params=ASGI)
def asgi_views(request: pytest.FixtureRequest) -> Iterator[Views]:
    with unconfigured_django():
        yield Views(ASGI[request.param], asgi.SessionMiddleware)


@pytest.fixture(params=WSGI)
def wsgi_views(request: pytest.FixtureRequest) -> Iterator[Views]:
    with unconfigured_django():
        yield Views(WSGI[request.param], wsgi.SessionMiddleware)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def call_asgi(runner: asyncio.Runner, app: Any, root: str, paths: dict[str, Any]) -> None:
    if hasattr(app, "root_path") and hasattr(app, "openapi"):
        app.root_path = root  # FastAPI's own wins over the server's
    scope = http_scope(Request("GET", "/"), root_path=root)
    del scope["raw_path"]
    runner.run(exchange(app, {**scope, **paths}, [{"type": "http.request", "body": b""}]))


def call_wsgi(app: Any, root: str, target: str, *, raw: bool) -> None:
    environ = environ_of(Request("GET", target or "/"))
    environ |= {"SCRIPT_NAME": root, "PATH_INFO": unquote_to_bytes(target).decode("latin-1")}
    if raw:
        environ["RAW_URI"] = root + target
    b"".join(app(environ, lambda *_: None))


@pytest.mark.parametrize("server", SCOPES.values(), ids=SCOPES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=roots, target=targets)
@example(root="/product/", target="/product/health")
@example(root="/product/", target="/health")
@example(root="/mine", target="/mine/open/below")
@example(root="/open", target="/open/mine")
@example(root="/shop", target="/open/shop/mine")
@example(root="", target="/open/")
def test_under_asgi(
    asgi_views: Views,
    runner: asyncio.Runner,
    server: Callable[[str, str], dict[str, Any]],
    root: str,
    target: str,
) -> None:
    call_asgi(runner, asgi_views.app, root, server(root, target))

    assert asgi_views.ran_private() == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(root=roots, target=targets | st.just(""), raw=st.booleans())
@example(root="", target="/open/", raw=False)
def test_under_wsgi(wsgi_views: Views, root: str, target: str, raw: bool) -> None:
    call_wsgi(wsgi_views.app, root, target, raw=raw)

    assert wsgi_views.ran_private() == []


def test_public_views_run_under_asgi(asgi_views: Views, runner: asyncio.Runner) -> None:
    for root, path in [("", "/health"), ("/shop", "/health"), ("", "/product/open/below")]:
        call_asgi(runner, asgi_views.app, root, {"path": path, "raw_path": path.encode()})

    assert len(asgi_views.ran) == 3
    assert asgi_views.ran_private() == []


def test_public_views_run_under_wsgi(wsgi_views: Views) -> None:
    for root in ("", "/shop", "/product/"):
        call_wsgi(wsgi_views.app, root, "/open/below", raw=True)

    assert wsgi_views.ran == ["/open/below"] * 3
