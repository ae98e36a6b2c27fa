"""Checks that the answers of the service are those that its OpenAPI document describes."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

from jsonschema import Draft202012Validator
from support.http.api import Answer, Request, Send

from cybershop_customer.entrypoints.container import memory_container
from cybershop_customer.entrypoints.http.api_description import describe_api
from cybershop_customer.entrypoints.http.app import create_app
from cybershop_customer.entrypoints.http.gate_path import GATE

UNDESCRIBED: Final = frozenset({"not-found", "method-not-allowed", "bad-request"})
"""The problems of requests that are no operation: the document's introduction names them."""

OF_EVERY_ANSWER: Final = frozenset(
    {
        *("cache-control", "x-content-type-options", "content-type", "content-length"),
        *("transfer-encoding", "connection", "date", "allow", "accept", "accept-patch"),
        "accept-encoding",
    }
)
"""The headers of HTTP itself, which the document need not name."""

_PROBLEM: Final = "urn:cybershop:customer:problem:"


@cache
def description() -> dict[str, Any]:
    """The document of the application."""
    app = create_app(memory_container().services(), api_docs=True)
    document: dict[str, Any] = describe_api(app._router.responders)
    return document


class DescribedApi:
    """The operations of an OpenAPI document, by which requests and answers are checked."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._strict = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": strict(document["components"]),
        }
        self._validators: dict[str, Draft202012Validator] = {}
        self._paths = [(path.split("/"), path) for path in document["paths"]]
        # A path without a parameter wins.
        self._paths.sort(key=lambda entry: entry[1].count("{"))

    def check(self, request: Request, answer: Answer) -> None:
        """Raise AssertionError if the document has no such answer to the request."""
        method = "GET" if request.method == "HEAD" else request.method
        found = self._find(request.target, method)
        if found is None:
            self._check_no_operation(request, answer)
            return
        name, operation = found
        about = (name, request, answer)
        response = operation["responses"].get(str(answer.status))
        assert response is not None, ("undescribed status", *about)
        response = self._resolve(response)
        for header, described in response.get("headers", {}).items():
            if self._resolve(described).get("required"):
                assert header.lower() in answer.headers, ("no header", header, *about)
        described_headers = {name.lower() for name in response.get("headers", {})}
        undescribed = {*answer.headers} - described_headers - OF_EVERY_ANSWER
        assert not undescribed, ("undescribed headers", undescribed, *about)
        if not answer.body:
            assert request.method == "HEAD" or "content" not in response, ("no body", *about)
            return
        media_type = answer.headers["content-type"]
        assert media_type in response["content"], ("undescribed media type", *about)
        faults = self._faults(response["content"][media_type]["schema"], answer.json)
        assert not faults, (faults, *about)
        if answer.status == 200:
            self._check_accepted(operation, request, about)

    def _check_accepted(
        self, operation: Mapping[str, Any], request: Request, about: tuple[object, ...]
    ) -> None:
        """The service accepts no message that the document does not have."""
        body = operation.get("requestBody")
        sent = {name.lower(): value for name, value in request.headers}
        media_type = sent.get("content-type", "").partition(";")[0].strip().lower()
        if body is None or not request.body or not media_type.endswith("json"):
            return
        faults = self._faults(body["content"][media_type]["schema"], json.loads(request.body))
        assert not faults, ("accepted", faults, *about)

    def _check_no_operation(self, request: Request, answer: Answer) -> None:
        if answer.status >= 400 and answer.body:
            assert answer.json["type"].removeprefix(_PROBLEM) in UNDESCRIBED, (request, answer)

    def _find(self, target: str, method: str) -> tuple[str, Mapping[str, Any]] | None:
        path = target.partition("?")[0]
        words = unquote(path).removesuffix("/").split("/")
        for template, name in self._paths:
            if _matches(template, words):
                if name.startswith(GATE):
                    method = "GET"  # The gate answers every method alike.
                operation = self._document["paths"][name].get(method.lower())
                return None if operation is None else (operation["operationId"], operation)
        return None

    def _resolve(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in value:
            found: Any = self._document
            for word in value["$ref"].removeprefix("#/").split("/"):
                found = found[word]
            value = found
        return value

    def _faults(self, schema: Mapping[str, Any], value: object) -> list[str]:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**self._strict, **schema}
            self._validators[key] = Draft202012Validator(
                whole, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
        validator = self._validators[key]
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


@cache
def described_api() -> DescribedApi:
    """The operations of the application."""
    return DescribedApi(description())


def checked(send: Send, document: Mapping[str, Any] | None = None) -> Send:
    """``send``, with each answer checked."""
    api = described_api() if document is None else DescribedApi(document)

    def send_and_check(request: Request) -> Answer:
        answer = send(request)
        api.check(request, answer)
        return answer

    return send_and_check


def strict(schema: Any) -> Any:
    """The schema without room for members that it does not name.

    The document leaves that room, since the service may have further members in time.
    """
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    tight = {name: strict(each) for name, each in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        tight["additionalProperties"] = False
    return tight


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The path, the method and the Operation Object of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _matches(template: list[str], words: list[str]) -> bool:
    if template[-1] == "{path}":
        words = [*words[: len(template) - 1], "/".join(words[len(template) - 1 :])]
    return len(template) == len(words) and all(
        word == sent or (word.startswith("{") and (sent != "" or word == "{path}"))
        for word, sent in zip(template, words, strict=True)
    )
