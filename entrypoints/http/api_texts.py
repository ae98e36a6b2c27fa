"""What the description of the HTTP interface says of no single operation."""

from collections.abc import Mapping
from typing import Any, Final

from ...domain.fields import CUSTOMER_ID
from ...domain.session import SESSION_ID
from ..json_members import EXAMPLE_SESSION_ID, EXAMPLE_TIME, whole_pattern

TEXT: Final[Mapping[str, Any]] = {"type": "string"}
HEADER_EXAMPLES: Final[Mapping[str, str]] = {
    "ETag": '"1"',
    "Content-Disposition": 'attachment; filename="customer-zoe.json"',
    "X-Customer-Id": "zoe",
    "X-Customer-Roles": "admin",
    "X-Customer-Session-Expires": EXAMPLE_TIME,
}
PATH_PARAMETERS: Final[Mapping[str, tuple[str, dict[str, object], str]]] = {
    "customer_id": ("The id of the customer.", whole_pattern(CUSTOMER_ID), "zoe"),
    "session_id": ("Names the session.", whole_pattern(SESSION_ID), EXAMPLE_SESSION_ID),
    "path": ("Ignored: Envoy sends the path of its client.", {}, "orders"),
}
SECURITY_SCHEMES: Final[Mapping[str, Mapping[str, str]]] = {
    "session": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "context_id",
        "description": "The `context_id` of a login.",
    },
    "feed": {
        "type": "http",
        "scheme": "bearer",
        "description": "A secret of `CUSTOMER_SESSION_FEED_TOKEN`.",
    },
    "service": {
        "type": "http",
        "scheme": "basic",
        "description": "A name and a secret of `CUSTOMER_INTROSPECTION_TOKENS`.",
    },
    "service_bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A secret of `CUSTOMER_INTROSPECTION_TOKENS`.",
    },
}
COMMON_HEADERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "X-Request-ID": {
        "description": "Names the request. Send this header to choose the id.",
        "required": True,
        "schema": TEXT,
        "example": "4f6d2f9a-7c1e-4d0b-9a53-0c3f8a1e5b77",
    },
    "Retry-After": {
        "description": "Seconds after which the request may succeed.",
        "required": True,
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
    "Accept": {
        "description": "The media type that the service takes (RFC 9110, 15.5.16).",
        "schema": TEXT,
        "example": "application/json",
    },
    "Accept-Patch": {
        "description": "The media types that the service takes with `PATCH` (RFC 5789, 2.2).",
        "schema": TEXT,
        "example": "application/merge-patch+json",
    },
    "Accept-Encoding": {
        "description": "The coding that the service takes (RFC 9110, 15.5.16).",
        "schema": TEXT,
        "example": "identity",
    },
    "WWW-Authenticate": {
        "description": "What the service accepts (RFC 9110, 11.6.1).",
        "schema": TEXT,
        "example": 'Bearer realm="customer"',
    },
}
INTRODUCTION: Final = """\
Customers, login, logout and the session check.

- A success is always **200**. An error is a problem of RFC 9457, with a stable `type`.
- A message is one JSON object whose values are strings. Unknown fields are refused by name.
- `GET` and `DELETE` with the id in the path also take a message, which OpenAPI gives no meaning.
- `HEAD` works wherever `GET` does, and a path may end with a slash.
- `/session/authorize` answers every method as `GET`.
- A path that does not exist is `404`, `not-found`; a method that a path does not take is `405`,
  `method-not-allowed`; a request that is no HTTP is `400`, `bad-request`.
- The server refuses some requests before it looks at their path: `408` if one arrives too slowly,
  `413` and `431` if one is too large, `501` for a `Transfer-Encoding` other than `chunked`, and
  `505` for another version of HTTP.
- The service answers with further members in time. Ignore those that you do not know.
"""
