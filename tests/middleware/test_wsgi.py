"""The WSGI middleware (PEP 3333)."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from support.doubles.failing_port import FailingPort
from support.http.api import Api, Request
from support.http.customer_api import the_problem
from support.http.wsgi_client import environ_of, over_strict_wsgi
from support.protected import flask_service

from cybershop_customer import CheckerUnavailableError, SessionChecker
from cybershop_customer.entrypoints.middleware.wsgi import KEY, SessionMiddleware, session_of

StartResponse = Callable[..., Any]


class Inner:
    """An application that records its calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, Any], StartResponse]] = []
        self.answer: Iterable[bytes] = iter([b"the ", b"answer"])

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self.calls.append((environ, start_response))
        return self.answer


@pytest.fixture
def inner() -> Inner:
    return Inner()


def a_request(bearer: str | None = None, **more: Any) -> dict[str, Any]:
    headers = () if bearer is None else (("Authorization", f"Bearer {bearer}"),)
    return {**environ_of(Request("POST", "/mine", headers, b"a body")), **more}


def never(*_: object) -> None:
    pytest.fail("the middleware began an answer")


class NoReading:
    """A body that fails the test if the middleware touches it."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"{name} of the request's body")


def test_an_admitted_request_is_passed_on_unchanged(
    inner: Inner, checker: SessionChecker, zoe: str
) -> None:
    environ = a_request(zoe, **{"wsgi.input": NoReading()})

    answer = SessionMiddleware(inner, checker)(environ, never)

    assert answer is inner.answer
    assert inner.calls == [(environ, never)]
    assert inner.calls[0][0] is environ
    assert environ["cybershop.session"].customer_id == "zoe"


def test_a_refusal_reads_no_body_and_calls_no_application(
    inner: Inner, checker: SessionChecker
) -> None:
    started: list[Any] = []

    answer = SessionMiddleware(inner, checker)(
        a_request(**{"wsgi.input": NoReading()}), lambda *given: started.append(given)
    )

    assert inner.calls == []
    ((status, headers),) = started
    assert status == "401 Unauthorized"
    assert dict(headers)["Content-Length"] == str(len(b"".join(answer)))


def test_a_refused_head_has_no_body_but_the_length_of_one(
    inner: Inner, checker: SessionChecker
) -> None:
    api = Api(over_strict_wsgi(SessionMiddleware(inner, checker)))

    head, get = api.request("HEAD", "/mine"), api.get("/mine", headers={"X-Request-ID": "a" * 36})

    assert (head.status, head.body) == (401, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))


def test_a_session_from_other_code_in_the_environ_does_not_count(
    inner: Inner, checker: SessionChecker
) -> None:
    planted = {KEY: "planted"}
    middleware = SessionMiddleware(inner, checker, public=["/mine"])

    middleware(a_request(**planted), never)

    assert inner.calls[0][0][KEY] is None


@pytest.mark.parametrize(
    "path", ["/open/../mine", "/open//mine", "/open/%2e%2e/mine", "/open/\\mine", "/open", ""]
)
def test_a_path_that_is_not_plain_is_not_public(
    inner: Inner, checker: SessionChecker, path: str
) -> None:
    middleware = SessionMiddleware(inner, checker, public=["/open/"])
    statuses: list[str] = []

    middleware(a_request(PATH_INFO=path), lambda status, _: statuses.append(status))

    assert (statuses, inner.calls) == (["401 Unauthorized"], [])


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize(
    ("target", "statuses"),
    [
        ("/open/a%2fmine", ["401 Unauthorized"]),
        ("http://shop.test/%6fpen/a", ["401 Unauthorized"]),
        ("/open/a?b=%20", []),
        ("", []),
    ],
)
def test_a_path_that_was_sent_encoded_is_not_public(
    inner: Inner, checker: SessionChecker, name: str, target: str, statuses: list[str]
) -> None:
    """An application may route by the path as it was sent, as Falcon's manual shows."""
    middleware = SessionMiddleware(inner, checker, public=["/open/"])
    found: list[str] = []

    environ = a_request(PATH_INFO="/open/a", **{name: target})
    middleware(environ, lambda status, _: found.append(status))

    assert (found, len(inner.calls)) == (statuses, 0 if statuses else 1)


def test_without_a_path_nothing_is_public(inner: Inner, checker: SessionChecker) -> None:
    environ = a_request()
    del environ["PATH_INFO"]
    statuses: list[str] = []

    SessionMiddleware(inner, checker)(environ, lambda status, _: statuses.append(status))

    assert statuses == ["401 Unauthorized"]


def test_a_public_path_does_not_depend_on_the_mount(inner: Inner, checker: SessionChecker) -> None:
    middleware = SessionMiddleware(inner, checker, public=["/health"])

    middleware(a_request(SCRIPT_NAME="/shop", PATH_INFO="/health"), never)

    assert len(inner.calls) == 1


class TestRole:
    @pytest.fixture
    def api(self, checker: SessionChecker) -> Api:
        app = flask_service.make_app(checker)
        app.wsgi_app = SessionMiddleware(  # type: ignore[method-assign]
            app.wsgi_app, checker, role="admin", public=["/health"]
        )
        return Api(flask_service.through_flask_client(app))

    def test_the_whole_application_can_demand_a_role(self, api: Api, zoe: str, ada: str) -> None:
        the_problem(api.get("/mine", bearer=zoe), 403, "role-required")
        the_problem(api.get("/nowhere", bearer=zoe), 403, "role-required")
        assert api.get("/mine", bearer=ada).status == 200

    def test_a_missing_session_is_refused_before_the_role(self, api: Api) -> None:
        the_problem(api.get("/mine"), 401, "session-refused")

    def test_a_public_path_needs_no_role(self, api: Api) -> None:
        assert api.get("/health").status == 200


def test_an_error_that_is_not_the_librarys_is_the_servers_business(inner: Inner) -> None:
    middleware = SessionMiddleware(inner, FailingPort(ZeroDivisionError()))

    with pytest.raises(ZeroDivisionError):
        middleware(a_request(), never)
    assert inner.calls == []


@pytest.mark.parametrize("environ", [{}, {KEY: None}])
def test_a_view_without_a_session_is_an_error_in_the_program(environ: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="no session here"):
        session_of(environ)


def test_invalid_public_paths_are_refused_at_the_start(inner: Inner) -> None:
    with pytest.raises(ValueError, match="cannot be public"):
        SessionMiddleware(inner, FailingPort(CheckerUnavailableError()), public=["/"])
