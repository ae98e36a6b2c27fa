"""The events that Amazon API Gateway sends to a Lambda authorizer.

The formats are those of the Amazon API Gateway Developer Guide, "Control access to HTTP APIs with
AWS Lambda authorizers" and "Input to an API Gateway Lambda authorizer".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, cast

from ...domain.errors import RefusalReason, SessionRefusedError
from ..http.bearer import parse_bearer

_HEADER: Final = "authorization"
_END_OF_TIME: Final = 4_102_444_800_000
"""The year 2100, in milliseconds."""


class ApiKind(Enum):
    """What asks, and so the form of the answer."""

    HTTP_SIMPLE = auto()
    """An HTTP API with payload format 2.0 and simple responses."""
    HTTP_POLICY = auto()
    """An HTTP API with payload format 1.0. It expects an IAM policy."""
    REST = auto()
    """A REST API with an authorizer of the type TOKEN or REQUEST. It expects an IAM policy."""


class UnknownEventError(Exception):
    """The event is not one of an authorizer. API Gateway answers its caller with a 500."""

    def __init__(self) -> None:
        super().__init__(
            "this is no event of a Lambda authorizer: use it for an HTTP API (payload format 2.0"
            " with simple responses, or 1.0) or a REST API (TOKEN or REQUEST)"
        )


@dataclass(frozen=True, slots=True)
class AuthorizerEvent:
    """One request to an API, as its authorizer sees it."""

    api: ApiKind
    resource: str
    """The ARN of the request, for the policy."""
    seconds: float | None
    """When API Gateway received the request, in seconds since the epoch, if it says so."""
    _credentials: tuple[object, ...] = field(repr=False)

    def bearer(self) -> str | None:
        """The bearer of the header Authorization, or None without that header.

        Raises:
            SessionRefusedError: the header has another form, or there are several (MALFORMED).
        """
        if not self._credentials:
            return None
        only, *others = self._credentials
        if others or not isinstance(only, str):
            raise SessionRefusedError(RefusalReason.MALFORMED)
        return parse_bearer(only)


def read_event(event: object) -> AuthorizerEvent:
    """Read the event of any kind of API.

    What the client controls never raises here. A wrong header is the matter of ``bearer``.

    Raises:
        UnknownEventError: it is no event of an authorizer.
    """
    fields = _mapping(event)
    kind, version = fields.get("type"), fields.get("version")
    if kind == "TOKEN":
        credentials = _present(fields.get("authorizationToken"))
        return AuthorizerEvent(ApiKind.REST, _arn(fields, "methodArn"), None, credentials)
    if kind != "REQUEST":
        raise UnknownEventError
    context = _mapping(fields.get("requestContext"))
    if version == "2.0":
        # API Gateway joins headers of one name with commas, and no context_id contains a comma.
        return AuthorizerEvent(
            ApiKind.HTTP_SIMPLE,
            _arn(fields, "routeArn"),
            _seconds(context.get("timeEpoch")),
            _headers(fields.get("headers")),
        )
    if version not in (None, "1.0"):
        raise UnknownEventError
    return AuthorizerEvent(
        ApiKind.REST if version is None else ApiKind.HTTP_POLICY,
        _arn(fields, "methodArn"),
        _seconds(context.get("requestTimeEpoch")),
        _agreed(_headers(fields.get("headers")), _lists(fields.get("multiValueHeaders"))),
    )


def _mapping(value: object) -> Mapping[object, object]:
    return cast("Mapping[object, object]", value) if isinstance(value, dict) else {}


def _arn(fields: Mapping[object, object], name: str) -> str:
    arn = fields.get(name)
    if not isinstance(arn, str) or not arn.startswith("arn:"):
        raise UnknownEventError
    return arn


def _seconds(milliseconds: object) -> float | None:
    if isinstance(milliseconds, int) and 0 < milliseconds < _END_OF_TIME:
        return milliseconds / 1000
    return None


def _present(value: object) -> tuple[object, ...]:
    return () if value is None else (value,)


def _headers(headers: object) -> tuple[object, ...]:
    """The values of every header Authorization, whatever the case of its name."""
    return tuple(
        value
        for name, value in _mapping(headers).items()
        if isinstance(name, str) and name.lower() == _HEADER and value is not None
    )


def _lists(headers: object) -> tuple[object, ...]:
    values: list[object] = []
    for entry in _headers(headers):
        values += cast("list[object]", entry) if isinstance(entry, list) else [entry]
    return tuple(values)


def _agreed(single: tuple[object, ...], multiple: tuple[object, ...]) -> tuple[object, ...]:
    """The values of both forms of the headers. ``headers`` has only the last value of a name."""
    return single if single == multiple else (*single, *multiple)
