"""The behaviour of a protected service in every framework."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Final
from uuid import UUID

import pytest
from support.coroutines.async_cache import AsyncSource
from support.doubles.failing_port import FailingPort
from support.http.api import Answer, Api, Request, Send
from support.http.customer_api import PASSWORD, the_problem
from support.protected import (
    asgi_service,
    django_project,
    django_service,
    falcon_asgi_service,
    falcon_service,
    fastapi_service,
    flask_service,
    starlette_service,
    wsgi_service,
)

from cybershop_customer import (
    OPERATOR,
    CheckerUnavailableError,
    RefusalReason,
    Session,
    SessionChecker,
    SessionRefusedError,
    StoreFaultError,
)
from cybershop_customer.domain.trace_context import TraceContext, given_trace
from cybershop_customer.entrypoints.container import Container
from cybershop_customer.entrypoints.services import Services
from cybershop_customer.entrypoints.testkit.clock import ManualClock
from cybershop_customer.entrypoints.testkit.email_proof import set_email_verified

MAKERS: Final[dict[str, Callable[[Any], Any]]] = {
    "falcon": falcon_service.service,
    "wsgi": wsgi_service.service,
    "flask": flask_service.service,
    "django": django_project.through_client,
    "django async": django_project.through_async_client,
    "django on WSGI": django_project.under_wsgi,
    "django on ASGI": django_project.under_asgi,
    "django in WSGI middleware": django_service.service,
    "asgi": asgi_service.service,
    "starlette": starlette_service.service,
    "fastapi": fastapi_service.service,
    "falcon-asgi": falcon_asgi_service.service,
    "asgi, asyncio checker": lambda checker: asgi_service.service(AsyncSource(checker)),
    "fastapi, asyncio checker": lambda checker: fastapi_service.service(AsyncSource(checker)),
    "django on ASGI, asyncio checker": lambda checker: django_project.under_asgi(
        AsyncSource(checker)
    ),
}
Serve = Callable[[Any], Api]


def checking_secrecy(send: Send) -> Send:
    """``send``, which also asserts that no answer contains the secret of its request."""

    def sent(request: Request) -> Answer:
        answer = send(request)
        for name, value in request.headers:
            secret = value.rpartition(" ")[2].encode()
            if name == "Authorization" and len(secret) > 5:
                assert secret not in answer.body
                assert secret not in repr(answer.headers).encode()
        return answer

    return sent


@pytest.fixture(params=MAKERS)
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Starts the service, protected by a checker."""
    with ExitStack() as stack:

        def protected(checker: Any) -> Api:
            made: Send | AbstractContextManager[Send] = MAKERS[request.param](checker)
            managed = isinstance(made, AbstractContextManager)
            return Api(checking_secrecy(stack.enter_context(made) if managed else made))

        yield protected


@pytest.fixture
def api(serve: Serve, checker: SessionChecker) -> Api:
    return serve(checker)


def test_the_view_gets_the_live_session(api: Api, zoe: str, container: Container) -> None:
    seen = {"customer_id": "zoe", "roles": [], "email_verified": False}
    answer = api.get("/mine", bearer=zoe)
    assert (answer.status, answer.json) == (200, seen)

    set_email_verified(container, "zoe", email_verified=True)
    assert api.get("/mine", bearer=zoe).json == {**seen, "email_verified": True}


def test_each_request_has_its_own_session(api: Api, zoe: str, ada: str) -> None:
    seen = [api.get("/mine", bearer=bearer).json["customer_id"] for bearer in (zoe, ada, zoe)]

    assert seen == ["zoe", "ada", "zoe"]


def test_a_request_without_a_session_is_refused(api: Api) -> None:
    answer = api.get("/mine")

    assert the_problem(answer, 401, "session-refused")["reason"] == "missing"
    assert answer.headers["www-authenticate"] == 'Bearer realm="customer"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == str(len(answer.body))


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic em9lOnBhc3N3b3Jk",
        "{}",
        "Bearer x",
        "Bearer {} {}",
        "Bearer {}, Bearer {}",
        "Token {}",
    ],
)
def test_a_malformed_bearer_is_refused(api: Api, zoe: str, authorization: str) -> None:
    headers = {"Authorization": authorization.replace("{}", zoe)}

    answer = api.get("/mine", headers=headers)

    assert the_problem(answer, 401, "session-refused")["reason"] == "malformed"
    assert answer.headers["www-authenticate"] == 'Bearer realm="customer", error="invalid_token"'


@pytest.mark.parametrize("second", ["Bearer {}", "Basic em9lOnBhc3N3b3Jk", ""])
def test_two_authorization_headers_are_refused(api: Api, zoe: str, second: str) -> None:
    one = ("Authorization", f"Bearer {zoe}")
    other = ("Authorization", second.format(zoe))

    for headers in ((one, other), (other, one)):
        answer = api.send(Request("GET", "/mine", headers))
        assert the_problem(answer, 401, "session-refused")["reason"] == "malformed"


def test_an_unknown_session_is_refused(api: Api, zoe: str) -> None:
    wrong = ("b" if zoe[0] == "a" else "a") + zoe[1:]

    answer = api.get("/mine", bearer=wrong)

    assert the_problem(answer, 401, "session-refused")["reason"] == "unknown"


def test_a_session_that_was_logged_out_is_refused(api: Api, zoe: str, services: Services) -> None:
    assert api.get("/mine", bearer=zoe).status == 200
    services.sessions.logout(zoe)

    the_problem(api.get("/mine", bearer=zoe), 401, "session-refused")


def test_a_revoked_session_is_told_apart(serve: Serve, zoe: str) -> None:
    api = serve(FailingPort(SessionRefusedError(RefusalReason.REVOKED)))

    answer = api.get("/mine", bearer=zoe)

    assert the_problem(answer, 401, "session-refused")["reason"] == "revoked"


def test_an_expired_session_is_refused(api: Api, zoe: str, clock: ManualClock) -> None:
    clock.advance(minutes=30)

    answer = api.get("/mine", bearer=zoe)

    assert the_problem(answer, 401, "session-refused")["reason"] == "expired"


def test_a_session_without_the_role_is_refused(api: Api, zoe: str) -> None:
    answer = api.post("/products", {"sku": 1}, bearer=zoe)

    assert "admin" in the_problem(answer, 403, "role-required")["detail"]
    assert answer.headers["www-authenticate"].endswith('error="insufficient_scope"')
    assert answer.headers["cache-control"] == "no-store"


def test_a_session_with_the_role_is_served_and_the_body_arrives_complete(
    api: Api, ada: str
) -> None:
    answer = api.post("/products", body=b"\x00\xff" * 5000, bearer=ada)

    assert (answer.status, answer.body) == (200, b"\x00\xff" * 5000)


def test_a_revoked_role_is_missing_at_once(api: Api, ada: str, services: Services) -> None:
    services.roles.revoke_role("ada", "admin", actor=OPERATOR)

    the_problem(api.post("/products", {}, bearer=ada), 403, "role-required")


@pytest.mark.parametrize("bearer", [None, "x"])
def test_during_an_outage_no_request_is_served(
    serve: Serve, bearer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    api = serve(FailingPort(CheckerUnavailableError(7)))

    answer = api.get("/mine", bearer=bearer)

    problem = the_problem(answer, 503, "checker-unavailable")
    assert answer.headers["retry-after"] == "7"
    (record,) = [line for line in caplog.records if line.name == "cybershop_customer.middleware"]
    assert record.levelno == logging.WARNING
    assert vars(record)["request_id"] == problem["request_id"]


def test_an_internal_error_is_shown_only_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    fault = StoreFaultError("planted: arn:aws:dynamodb")
    api = serve(FailingPort(fault))

    answer = api.get("/mine")

    problem = the_problem(answer, 500, "internal-error")
    assert b"planted" not in answer.body
    (record,) = [line for line in caplog.records if line.name == "cybershop_customer.middleware"]
    assert vars(record)["request_id"] == problem["request_id"]
    assert record.exc_info
    assert record.exc_info[1] is fault


@pytest.mark.parametrize("path", ["/health", "/open/below"])
@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic x"])
def test_a_public_view_is_served_without_a_session(
    serve: Serve, path: str, authorization: str | None
) -> None:
    api = serve(FailingPort(CheckerUnavailableError()))
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = api.get(path, headers=headers)

    assert (answer.status, answer.json) == (200, {"session": None})


def test_a_public_path_makes_no_other_path_public(api: Api) -> None:
    for path in ("/open/../mine", "/open/%2e%2e/mine", "/health/../mine", "//open/../mine"):
        answer = api.get(path)
        # In Falcon the responder is public, not the path. The sink may answer without a session.
        assert answer.status in (401, 404) or answer.json == {"session": None}, path


def test_a_refusal_of_the_middleware_has_the_callers_request_id(api: Api) -> None:
    answer = api.get("/mine", headers={"X-Request-ID": "the-callers.1"})

    assert the_problem(answer, 401, "session-refused")["request_id"] == "the-callers.1"


def test_a_refusal_of_the_view_has_the_callers_request_id(api: Api, zoe: str) -> None:
    answer = api.post("/products", {}, bearer=zoe, headers={"X-Request-ID": "the-callers.1"})

    assert the_problem(answer, 403, "role-required")["request_id"] == "the-callers.1"


@pytest.mark.parametrize("given", ["a b", "a" * 65, "<b>"])
def test_a_request_id_of_another_form_is_replaced(api: Api, given: str) -> None:
    answer = api.get("/mine", headers={"X-Request-ID": given})

    assert UUID(answer.headers["x-request-id"]).version == 4
    assert answer.json["request_id"] == answer.headers["x-request-id"]


def test_a_password_change_ends_the_open_sessions(api: Api, zoe: str, services: Services) -> None:
    services.customers.update_customer("zoe", actor=OPERATOR, password=PASSWORD[::-1])

    the_problem(api.get("/mine", bearer=zoe), 401, "session-refused")


class TracingChecker(SessionChecker):
    """Notes in which trace it is asked."""

    def __init__(self, checker: SessionChecker) -> None:
        self._checker = checker
        self.traces: list[TraceContext | None] = []

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        self.traces.append(given_trace())
        return self._checker.check_session(context_id, customer_id=customer_id, role=role)


def test_the_check_belongs_to_the_trace_of_its_request(
    serve: Serve, checker: SessionChecker, zoe: str
) -> None:
    asked = TracingChecker(checker)
    api = serve(asked)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    for headers in ({"traceparent": parent, "tracestate": "a=1"}, {"traceparent": "x"}, {}):
        assert api.get("/mine", bearer=zoe, headers=headers).status == 200

    assert asked.traces == [TraceContext.parse(parent, "a=1"), None, None]
    assert given_trace() is None
