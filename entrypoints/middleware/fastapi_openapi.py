"""The problems of the session check, in the OpenAPI of a FastAPI application."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI

from ..http.problem import MEDIA_TYPE

SCHEME: Final = "session"
"""The name of the bearer among the security schemes."""

_METHODS: Final = frozenset(
    ("delete", "get", "head", "options", "patch", "post", "put", "query", "trace")
)
_STRING: Final[Mapping[str, str]] = {"type": "string"}
_PROBLEM: Final[Mapping[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "A problem of RFC 9457.",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _STRING,
        "status": {"type": "integer"},
        "detail": _STRING,
        "request_id": _STRING,
        "reason": {"type": "string", "description": "Why the session is refused; with 401 only."},
        "role": {"type": "string", "description": "The role that is missing; with 403 only."},
    },
}
_PROBLEM_NAME: Final = "SessionProblem"


def describe_problems(app: FastAPI) -> None:
    """Add 401, 403 and 503 to each operation that requires a session, in the OpenAPI of ``app``.

    403 is there if the operation requires a role, which FastAPI lists with the security scheme.
    A response that the application describes itself stays as it is.
    """
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        schema = generate()
        _describe(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI's documentation extends it


def _describe(schema: dict[str, Any]) -> None:
    """Describe the problems, once or again."""
    described = [
        (operation, roles)
        for path in schema.get("paths", {}).values()
        for method, operation in path.items()
        if method in _METHODS and (roles := _required_roles(operation)) is not None
    ]
    for operation, roles in described:
        for status, response in _responses(roles).items():
            operation["responses"].setdefault(status, response)
    if described:
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault(_PROBLEM_NAME, dict(_PROBLEM))


def _required_roles(operation: Mapping[str, Any]) -> list[str] | None:
    """The roles that a caller needs, or None if the operation requires no session."""
    required = [need[SCHEME] for need in operation.get("security", ()) if SCHEME in need]
    return sorted({role for roles in required for role in roles}) if required else None


def _responses(roles: list[str]) -> Mapping[str, Any]:
    responses = {
        "401": _response(
            "No live session: the `context_id` is missing, malformed, unknown, expired or revoked.",
            "WWW-Authenticate",
        ),
        "503": _response("The session cannot be checked currently. Repeat it.", "Retry-After"),
    }
    if roles:
        text = f"The session lacks a role. This needs {' and '.join(roles)}."
        responses["403"] = _response(text, "WWW-Authenticate")
    return responses


def _response(description: str, header: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {header: {"schema": dict(_STRING)}},
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_PROBLEM_NAME}"}},
        },
    }
