"""The description of the HTTP interface: OpenAPI 3.1, made of the operations of the routes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from ...domain.errors import InvalidInputError, SessionRefusedError, StoreUnavailableError
from ..json_shape import Schema, schema_example, shape_schema
from .api_texts import (
    COMMON_HEADERS,
    HEADER_EXAMPLES,
    INTRODUCTION,
    PATH_PARAMETERS,
    SECURITY_SCHEMES,
    TEXT,
)
from .media_type import JSON
from .message_fields import body_schema
from .operation import Credentials, Operation, Parameter, RequestBody, Tag, operation_of
from .problem import (
    BAD_REQUEST,
    INTERNAL_ERROR,
    LENGTH_REQUIRED,
    MALFORMED_MESSAGE,
    MEDIA_TYPE,
    MESSAGE_TOO_LARGE,
    MISDIRECTED_REQUEST,
    UNSUPPORTED_MEDIA_TYPE,
    ProblemJson,
    ProblemMembers,
    ProblemType,
    problem_type_from_error,
)
from .router import Responder

OPENAPI: Final = "3.1.0"

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CONVERTER: Final = re.compile(r"\{(\w+)(?::\w+)?\}", re.ASCII)
_INVALID_INPUT: Final = problem_type_from_error(InvalidInputError)
_SESSION_REFUSED: Final = problem_type_from_error(SessionRefusedError)
_STORE_UNAVAILABLE: Final = problem_type_from_error(StoreUnavailableError)
_OF_EVERY_OPERATION: Final = (BAD_REQUEST, MISDIRECTED_REQUEST, INTERNAL_ERROR)
_OF_A_BODY: Final = (
    MALFORMED_MESSAGE,
    MESSAGE_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    LENGTH_REQUIRED,
    _INVALID_INPUT,
    _STORE_UNAVAILABLE,
)
_ACCEPTED: Final = ("Accept", "Accept-Patch", "Accept-Encoding")
_RETRYABLE: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
_LOGIN_MESSAGE: Final = "LoginMessage"


def describe_api(
    routes: Mapping[str, Mapping[str, Responder]],
    *,
    login_example: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The OpenAPI document of ``routes``. Responders without an operation are left out.

    Args:
        routes: the responders of each path by method, as ``HeadRouter.responders`` has them.
        login_example: a login that this service accepts; the default names no one's.
    """
    description = _Description()
    paths: dict[str, dict[str, Any]] = {}
    for template, responders in routes.items():
        path = _CONVERTER.sub(r"{\1}", template)
        for method in _METHODS:
            described = operation_of(responders.get(method))
            if described is not None:
                paths.setdefault(path, {})[method.lower()] = description.operation(
                    path, method, described
                )
    if login_example is not None:
        description.schemas[_LOGIN_MESSAGE]["examples"] = [dict(login_example)]
    return {
        "openapi": OPENAPI,
        "info": {
            "title": "Cybershop: customer service",
            "version": version("cybershop-customer"),
            "description": INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag.value[0], "description": tag.value[1]} for tag in Tag],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(description.schemas.items())),
            "responses": dict(sorted(description.responses.items())),
            "headers": dict(COMMON_HEADERS),
            "securitySchemes": dict(SECURITY_SCHEMES),
        },
    }


class _Description:
    """Collects the schemas and the responses that several operations share."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self.responses: dict[str, dict[str, Any]] = {}
        self._names: set[str] = set()

    def operation(self, path: str, method: str, described: Operation) -> dict[str, Any]:
        """The Operation Object of one method of a path."""
        name = self._unique(described.name, path, method)
        result: dict[str, Any] = {
            "operationId": name,
            "tags": [described.tag.value[0]],
            "summary": described.summary,
            "security": [{scheme: []} if scheme else {} for scheme in described.credentials.value],
            "responses": {
                "200": self._success(described),
                **dict(self._refusals(_problems(described, path))),
            },
        }
        if described.description:
            result["description"] = described.description
        parameters = [*_path_parameters(path), *map(_parameter, described.parameters)]
        if parameters:
            result["parameters"] = parameters
        body = described.body
        if body is not None and _takes_body(path, method):
            result["requestBody"] = self._body(name, body, path)
        return result

    def _unique(self, name: str, path: str, method: str) -> str:
        """``name``, or a longer one for the same operation on another path or method."""
        if name in self._names:
            last = path.rpartition("/")[2]
            if method == "GET":
                name = f"{name}_{last.strip('{}')}"
            else:
                name = f"{name}_by_path" if last == "{customer_id}" else f"{name}_{method.lower()}"
        assert name not in self._names, name  # noqa: S101 (two operations must not have one name)
        self._names.add(name)
        return name

    def _body(self, name: str, body: RequestBody, path: str) -> dict[str, Any]:
        schema = body_schema(body)
        if "{customer_id}" in path:
            schema["properties"]["customer_id"]["description"] = "The same as in the path."
        reference = self._shared(f"{_title(name)}Message", schema)
        required = bool(schema.get("required") or body.one_of or body.any_of)
        content = {each: {"schema": reference} for each in body.media_types}
        return {"required": required, "content": content}

    def _success(self, described: Operation) -> dict[str, Any]:
        response: dict[str, Any] = {
            "description": described.summary + ".",
            "headers": {
                "X-Request-ID": _header("X-Request-ID"),
                **{
                    name: {
                        "description": text,
                        "required": True,
                        "schema": TEXT,
                        "example": HEADER_EXAMPLES[name],
                    }
                    for name, text in described.headers.items()
                },
            },
        }
        if described.answers:
            shapes = {_shape_name(each): shape_schema(each) for each in described.answers}
            references = [self._shared(name, schema) for name, schema in shapes.items()]
            schema = references[0] if len(references) == 1 else {"oneOf": references}
            response["content"] = {
                JSON: {
                    "schema": schema,
                    "examples": {
                        name: {"value": schema_example(each)} for name, each in shapes.items()
                    },
                }
            }
        return response

    def _refusals(self, problems: Sequence[ProblemType]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The responses of ``problems``, one for each status."""
        for status in sorted({each.status for each in problems}):
            types = [each for each in problems if each.status is status]
            response = self._refusal(status, types)
            if len(types) == 1:
                name = _title(types[0].name.replace("-", "_"))
                self.responses[name] = response
                response = {"$ref": f"#/components/responses/{name}"}
            yield str(status.value), response

    def _refusal(self, status: HTTPStatus, types: Sequence[ProblemType]) -> dict[str, Any]:
        """The response with this status, whose problem is of one of ``types``."""
        references = {
            each.uri: self._shared(_problem_name(each), problem_schema(each)) for each in types
        }
        schema: dict[str, Any] = {"oneOf": [*references.values()]}
        if len(types) == 1:
            schema = dict(*references.values())
        else:
            mapping = {uri: reference["$ref"] for uri, reference in references.items()}
            schema["discriminator"] = {"propertyName": "type", "mapping": mapping}
        headers = {"X-Request-ID": _header("X-Request-ID")}
        if status in _RETRYABLE:
            headers["Retry-After"] = _header("Retry-After")
        if status is HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            headers |= {name: _header(name) for name in _ACCEPTED}
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            headers["WWW-Authenticate"] = _header("WWW-Authenticate")
        examples = {each.name: {"value": problem_example(each)} for each in types}
        return {
            "description": "; ".join(f"`{each.name}`: {each.title}" for each in types),
            "headers": headers,
            "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
        }

    def _shared(self, name: str, schema: Schema) -> dict[str, str]:
        known = self.schemas.setdefault(name, schema)
        assert known == schema, name  # noqa: S101 (two schemas must not have one name)
        return {"$ref": f"#/components/schemas/{name}"}


def problem_schema(problem: ProblemType) -> Schema:
    """The schema of the problems of this type."""
    schema = shape_schema(ProblemJson)
    members = shape_schema(ProblemMembers)["properties"]
    properties: dict[str, Any] = {
        **schema["properties"],
        "type": {"const": problem.uri},
        "title": {"const": problem.title},
        "status": {"const": problem.status.value},
        "detail": {**schema["properties"]["detail"], "examples": [f"{problem.title}."]},
        **{name: members[name] for name in (*problem.members, *problem.further)},
    }
    return {
        "type": "object",
        "description": f"{problem.title}.",
        "properties": properties,
        "required": [*schema["required"], *problem.members],
    }


def problem_example(problem: ProblemType) -> dict[str, Any]:
    """A problem of this type, with the members that all of them have."""
    whole_example: dict[str, Any] = schema_example(problem_schema(problem))
    return {name: each for name, each in whole_example.items() if name not in problem.further}


def _problems(described: Operation, path: str) -> list[ProblemType]:
    problems = [*described.problems]
    if Credentials.SESSION is described.credentials or _may_need_session(described):
        problems += [_SESSION_REFUSED, _STORE_UNAVAILABLE]
    if described.reads_body:
        problems += _OF_A_BODY
    elif "{customer_id}" in path:
        problems.append(_INVALID_INPUT)
    return list(dict.fromkeys([*problems, *_OF_EVERY_OPERATION]))


def _may_need_session(described: Operation) -> bool:
    """Whether the body of the operation may have the session instead of the header."""
    body = described.body
    is_optional = described.credentials is Credentials.SESSION_OR_NONE
    return is_optional and body is not None and not body.schema.required


def _takes_body(path: str, method: str) -> bool:
    """Whether OpenAPI gives a body of this method a meaning, or the operation needs one."""
    return method != "GET" and (method != "DELETE" or "{customer_id}" not in path)


def _path_parameters(path: str) -> Iterator[dict[str, Any]]:
    for name in _CONVERTER.findall(path):
        description, rules, example = PATH_PARAMETERS[name]
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": description,
            "schema": {**TEXT, **rules},
            "example": example,
        }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "schema": parameter.schema,
    }


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _shape_name(shape: type) -> str:
    return shape.__name__.removesuffix("Json")


def _problem_name(problem: ProblemType) -> str:
    return f"{_title(problem.name.replace('-', '_'))}Problem"
