"""The description of the HTTP interface, and its reference page."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.http.api import Answer, Api, Request
from support.http.customer_api import BASE, add, log_in, the_problem
from support.http.described_api import DescribedApi, checked, description, operations
from support.http.transports import in_process

from cybershop_customer.domain.fields import PROFILE
from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.customer_json import CustomerJson
from cybershop_customer.entrypoints.http.api_description import problem_example, problem_schema
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.operation import operation_of
from cybershop_customer.entrypoints.http.problem import PROBLEM_TYPES
from cybershop_customer.entrypoints.http.request_schema import RequestSchema
from cybershop_customer.entrypoints.http.service_application import make_application
from cybershop_customer.entrypoints.json_shape import PROFILE_MEMBERS, shape_schema

PAGE = ["/docs", "/docs/page.css", "/docs/page.js", "/docs/swagger-ui.css"]
FILES = [*PAGE, "/docs/swagger-ui-bundle.js"]
NOT_OF_THE_INTERFACE = {
    # What describes the interface.
    "/openapi.json",
    *FILES,
    # The pages of the demo, which no deployment serves.
    "/demo/verify-email",
    "/demo/verify-email.js",
    "/demo/reset-password",
    "/demo/reset-password.js",
    "/demo/link.js",
    "/demo/pages.css",
    # Prometheus reads them, in its own format: docs/metrics.md.
    "/metrics",
}
"""The routes that the description leaves out."""

ANYWHERE = {"OPTIONS", "HEAD"}
SECRET = "0123456789abcdef0123456789ABCDEF"
KNOWN = "correct horse battery staple"
"""The password of the examples."""


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    app = create_app(memory_container().services(), api_docs=True, demo_pages=True)
    with in_process(app) as send:
        yield Api(send)


def examples_of(value: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each schema of a Media Type Object in ``value``, with each example of it."""
    if isinstance(value, list):
        for each in value:
            yield from examples_of(each)
    elif isinstance(value, dict):
        for example in value.get("examples", {}) if "schema" in value else ():
            yield value["schema"], value["examples"][example]["value"]
        for each in value.values():
            yield from examples_of(each)


def test_an_independent_validator_accepts_it() -> None:
    OpenAPIV31SpecValidator(description()).validate()


def test_it_is_served_as_it_is() -> None:
    with in_process(create_app(memory_container().services(), api_docs=True)) as send:
        answer = Api(send).get("/openapi.json")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json == json.loads(json.dumps(description()))


def test_the_login_that_the_demo_shows_is_one_that_it_accepts() -> None:
    application = make_application({"CUSTOMER_STORAGE": "memory"}, demo=True)
    try:
        with in_process(application) as send:
            demo = Api(send)
            schemas = demo.get("/openapi.json").json["components"]["schemas"]
            (example,) = schemas["LoginMessage"]["examples"]
            assert demo.put(f"{BASE}/login", example).status == 200
    finally:
        application.stop()


def test_it_has_every_route_and_method_of_the_demo() -> None:
    """The demo serves everything. A new route is described, or is in the list above."""
    application = make_application({"CUSTOMER_STORAGE": "memory"}, demo=True)
    try:
        with in_process(application) as send:
            described = {
                (path, method)
                for path, method, _ in operations(Api(send).get("/openapi.json").json)
            }
        routes = application._process.get().app._router.responders
    finally:
        application.stop()
    served = {
        (re.sub(r"\{(\w+):\w+\}", r"{\1}", path), method)
        for path, responders in routes.items()
        for method in responders
        if method not in ANYWHERE
    }

    assert {path for path, _ in served} >= NOT_OF_THE_INTERFACE
    assert described == {each for each in served if each[0] not in NOT_OF_THE_INTERFACE}
    assert len(described) > 30


def test_it_has_every_type_of_problem() -> None:
    described = set(re.findall(r"urn:cybershop:customer:problem:([a-z-]+)", str(description())))

    assert described == set(PROBLEM_TYPES)
    for problem in PROBLEM_TYPES.values():
        Draft202012Validator(problem_schema(problem)).validate(problem_example(problem))


def test_every_example_is_valid() -> None:
    document = description()
    found = list(examples_of(document))
    assert len(found) > 100
    for schema, example in found:
        Draft202012Validator({**schema, "components": document["components"]}).validate(example)
    for name, schema in document["components"]["schemas"].items():
        if name.endswith(("Message", "Problem")):
            assert "properties" in schema, name
        for example in schema.get("examples", ()):
            Draft202012Validator(schema).validate(example)


def test_every_example_of_a_message_is_accepted() -> None:
    """A person who sends what the page offers sees no fault of a field.

    The examples of tokens open nothing, and only admins update and delete by id.
    """
    document = description()
    outcomes = {
        operation["operationId"]: outcome_of(path, method, media_type, message)
        for path, method, operation in operations(document)
        for media_type, message in messages_of(document, operation)
    }

    assert len([name for name in outcomes.values() if name == "ok"]) > 7
    assert {each: name for each, name in outcomes.items() if name != "ok"} == {
        # The demo does not ask for a proof of addresses.
        "request_email_verification": "mail-off",
        "complete_password_reset": "token-refused",
        "complete_email_verification": "token-refused",
        "update_customer": "role-required",
        "update_customer_by_path": "role-required",
        "delete_customer": "role-required",
    }


def outcome_of(path: str, method: str, media_type: str, message: dict[str, str]) -> str:
    """``ok`` or the name of the problem, if a customer sends the message to a new service."""
    app = create_app(memory_container().services(), introspection_tokens=f"orders={SECRET}")
    with in_process(app) as send:
        api = Api(checked(send))
        bearer = SECRET
        if path != BASE or method != "POST":
            add(api, "zoe", password=KNOWN)
            bearer = log_in(api, "zoe", KNOWN)
        answer = api.request(
            method,
            path.format(customer_id="zoe", session_id="x"),
            body=encoded(media_type, message),
            bearer=SECRET if "introspect" in path else bearer,
            headers={"Content-Type": media_type},
        )
    return "ok" if answer.status == 200 else str(answer.json["type"].rpartition(":")[2])


def messages_of(document: Any, operation: Any) -> Iterator[tuple[str, dict[str, str]]]:
    """The example of each media type of the message."""
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        name = content["schema"]["$ref"].rpartition("/")[2]
        yield media_type, document["components"]["schemas"][name]["examples"][0]


def encoded(media_type: str, message: dict[str, str]) -> bytes:
    return (urlencode(message) if "form" in media_type else json.dumps(message)).encode()


def test_every_field_of_the_profile_is_described() -> None:
    assert set(PROFILE_MEMBERS) == set(PROFILE)
    assert set(PROFILE) <= set(shape_schema(CustomerJson)["required"])


def test_each_responder_reads_the_message_that_is_described(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The description cannot name one message while the responder reads another."""
    app = create_app(memory_container().services())
    reads: list[RequestSchema] = []
    read = RequestSchema.read

    def read_and_note(self: RequestSchema, req: Any) -> Any:
        reads.append(self)
        return read(self, req)

    add(api, "zoe")
    bearer = log_in(api, "zoe")
    monkeypatch.setattr(RequestSchema, "read", read_and_note)
    described = 0
    for path, responders in app._router.responders.items():
        for method, responder in responders.items():
            operation = operation_of(responder)
            if operation is None or operation.body is None or "introspect" in path:
                continue
            reads.clear()
            target = path.format(customer_id="zoe", session_id="x")
            api.request(method, target, body=b'{"": 1}', bearer=bearer)
            assert reads == [operation.body.schema], (method, path)
            described += 1
    assert described > 15


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (200, {"customer_id": "zoe", "message": "Done.", "more": 1}),
        (200, {"customer_id": "zoe"}),
        (200, {"customer_id": 1, "message": "Done."}),
        (418, {"customer_id": "zoe", "message": "Done."}),
    ],
)
def test_an_answer_that_is_not_described_is_found(status: int, message: object) -> None:
    headers = {"content-type": "application/json", "x-request-id": "1", "etag": '"1"'}
    answer = Answer(status, headers, json.dumps(message).encode())

    with pytest.raises(AssertionError):
        DescribedApi(description()).check(Request("POST", BASE), answer)


@pytest.mark.parametrize("path", FILES)
def test_the_page_loads_nothing_from_elsewhere(api: Api, path: str) -> None:
    answer = api.get(path)

    assert answer.status == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search(r"unsafe-eval|https?:|\*", policy)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/openapi.json", *FILES])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_that_has_the_file_gets_no_second_copy(api: Api, path: str, method: str) -> None:
    tag = api.get(path).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = api.request(method, path, headers={"If-None-Match": known})

        assert (answer.status, answer.body) == (304, b""), known
        assert answer.headers["etag"] == tag
        assert answer.headers["cache-control"] == "no-cache"
    for other in ('"other"', "", tag.strip('"')):
        assert api.get(path, headers={"If-None-Match": other}).status == 200, other


def test_files_have_tags_of_their_own(api: Api) -> None:
    tags = {api.get(path).headers["etag"] for path in ("/openapi.json", *FILES)}

    assert len(tags) == 1 + len(FILES)


def test_the_page_has_no_script_or_style_within(api: Api) -> None:
    text = api.get("/docs/").body.decode()

    assert re.findall(r"<style|style=| on\w+=|<script>|https?:", text) == []
    assert set(re.findall(r'(?:src|href)="(/[^"]+)"', text)) == {
        "/openapi.json",
        *FILES[1:],
    }


def test_head_and_other_methods_are_answered_as_on_other_routes(api: Api) -> None:
    for path in ("/openapi.json", *PAGE):
        assert (api.request("HEAD", path).status, api.request("HEAD", path).body) == (200, b"")
        the_problem(api.post(path, {}), 405, "method-not-allowed")
    the_problem(api.get("/docs/other.js"), 404, "not-found")


@pytest.mark.parametrize(
    ("demo", "variables", "status"),
    [(True, {}, 200), (False, {}, 404), (False, {"CUSTOMER_API_DOCS": "true"}, 200)],
)
def test_the_setting_switches_it_on(demo: bool, variables: dict[str, str], status: int) -> None:
    application = make_application({"CUSTOMER_STORAGE": "memory", **variables}, demo=demo)
    try:
        with in_process(application) as send:
            for path in ("/openapi.json", *FILES):
                assert Api(send).get(path, headers={"Host": "localhost"}).status == status, path
    finally:
        application.stop()
