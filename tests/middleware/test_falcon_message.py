"""Credentials in the JSON message."""

import json
from typing import Any

import falcon
import pytest
from support.doubles.failing_port import FailingPort
from support.http.api import Answer, Api
from support.http.customer_api import faulty_fields, the_problem
from support.protected.falcon_service import through_falcon_client

from cybershop_customer import CheckerUnavailableError, SessionChecker
from cybershop_customer.entrypoints.middleware.falcon import from_message, protect
from cybershop_customer.entrypoints.middleware.falcon_credentials import MAX_BYTES


class Products:
    """Answers with the message and the customer of the session."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"by": req.context.session.customer_id, "message": req.get_media()}

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"by": req.context.session.customer_id}

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"size": len(req.bounded_stream.read())}


def make_api(checker: Any) -> Api:
    app = falcon.App()
    protect(app, checker, credentials=from_message)
    app.add_route("/products", Products())
    return Api(through_falcon_client(app))


@pytest.fixture
def api(checker: SessionChecker) -> Api:
    return make_api(checker)


def post(api: Api, message: object, **more: Any) -> Answer:
    return api.post("/products", message, **more)


def test_the_pair_in_the_message_is_enough_and_the_responder_can_read_it(
    api: Api, zoe: str
) -> None:
    message = {"customer_id": "zoe", "context_id": zoe, "name": "an apple"}

    assert post(api, message).json == {"by": "zoe", "message": message}


def test_the_context_id_alone_is_enough(api: Api, zoe: str) -> None:
    assert post(api, {"context_id": zoe}).json["by"] == "zoe"


def test_a_pair_of_two_customers_is_refused(api: Api, zoe: str, ada: str) -> None:
    for message, bearer in (
        ({"customer_id": "ada", "context_id": zoe}, None),
        ({"customer_id": "ada"}, zoe),
        ({"customer_id": "", "context_id": zoe}, None),
    ):
        answer = post(api, message, bearer=bearer)
        assert the_problem(answer, 401, "session-refused")["reason"] == "unknown"
        assert zoe not in answer.body.decode()


def test_a_customer_id_alone_is_no_credential(api: Api, zoe: str) -> None:
    answer = post(api, {"customer_id": "zoe"})

    assert the_problem(answer, 401, "session-refused")["reason"] == "missing"


def test_the_bearer_replaces_a_missing_context_id(api: Api, zoe: str) -> None:
    assert post(api, {"name": "an apple"}, bearer=zoe).json["by"] == "zoe"
    assert post(api, {"customer_id": "zoe"}, bearer=zoe).json["by"] == "zoe"
    assert api.get("/products", bearer=zoe).json == {"by": "zoe"}


def test_a_request_without_credentials_is_refused(api: Api) -> None:
    the_problem(api.get("/products"), 401, "session-refused")
    the_problem(post(api, {}), 401, "session-refused")


def test_message_and_header_must_be_the_same(api: Api, zoe: str, ada: str) -> None:
    assert post(api, {"context_id": zoe}, bearer=zoe).json["by"] == "zoe"
    for one, other in ((zoe, ada), (ada, zoe)):
        answer = post(api, {"context_id": one}, bearer=other)
        assert faulty_fields(answer) == ["context_id"]
        assert not any(secret in answer.body.decode() for secret in (zoe, ada))


def test_a_malformed_header_is_refused_whatever_the_message_says(api: Api, zoe: str) -> None:
    answer = post(api, {"context_id": zoe}, headers={"Authorization": "Basic x"})

    assert the_problem(answer, 401, "session-refused")["reason"] == "malformed"


@pytest.mark.parametrize("value", [None, 5, True, ["x"], {"x": "y"}])
@pytest.mark.parametrize("field", ["context_id", "customer_id"])
def test_credentials_are_strings(api: Api, zoe: str, field: str, value: object) -> None:
    assert faulty_fields(post(api, {"context_id": zoe, field: value})) == [field]


def test_every_fault_is_named(api: Api) -> None:
    answer = post(api, {"context_id": 1, "customer_id": 2})

    assert faulty_fields(answer) == ["context_id", "customer_id"]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff",
        b" ",
        b"'context_id'",
        b"[" * 200_000,
        b"1" * 5000,
        b"[]",
        b'"context_id"',
        b"null",
        b"{} {}",
    ],
)
@pytest.mark.parametrize("with_bearer", [False, True])
def test_an_invalid_message_is_refused(
    api: Api, zoe: str, body: bytes, *, with_bearer: bool
) -> None:
    answer = api.post("/products", body=body, bearer=zoe if with_bearer else None)

    the_problem(answer, 400, "malformed-message")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "application/json ;x=y"]
)
def test_json_is_recognised(api: Api, zoe: str, content_type: str) -> None:
    answer = post(api, {"context_id": zoe}, headers={"Content-Type": content_type})

    assert answer.json["by"] == "zoe"


def test_a_json_type_that_falcon_does_not_read_is_refused(api: Api, zoe: str) -> None:
    answer = post(api, {"context_id": zoe}, headers={"Content-Type": "Application/JSON"})

    assert answer.status == 415


@pytest.mark.parametrize(
    "content_type",
    [
        "image/png",
        "text/json",
        "application/*",
        "*/*",
        "application/json,text/plain",
        "application/x-www-form-urlencoded",
    ],
)
def test_a_message_of_another_type_is_no_credential(api: Api, zoe: str, content_type: str) -> None:
    """Falcon reads some of these as JSON, so a responder could find another sender there."""
    body = json.dumps({"customer_id": "bob"}).encode()
    headers = {"Content-Type": content_type}

    answer = api.put("/products", body=body, bearer=zoe, headers=headers)

    the_problem(answer, 415, "unsupported-media-type")


def test_a_message_that_is_too_large_is_not_read(api: Api, zoe: str) -> None:
    frame = json.dumps({"context_id": zoe, "name": ""})
    name = "x" * (MAX_BYTES - len(frame))

    assert post(api, {"context_id": zoe, "name": name}).status == 200
    answer = post(api, {"context_id": zoe, "name": f"{name}x"})
    assert str(MAX_BYTES) in the_problem(answer, 413, "message-too-large")["detail"]


def test_while_sessions_cannot_be_checked_nobody_is_admitted(zoe: str) -> None:
    api = make_api(FailingPort(CheckerUnavailableError(3)))

    assert the_problem(post(api, {"context_id": zoe}), 503, "checker-unavailable")
