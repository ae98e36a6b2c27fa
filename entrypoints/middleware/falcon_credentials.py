"""Where a Falcon request carries its credentials."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

import falcon

from ...domain.errors import FieldFault, InvalidInputError
from ..http.bearer import parse_bearer
from ..http.credentials import agreed
from ..http.problem import (
    MALFORMED_MESSAGE,
    MESSAGE_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    MessageError,
)

MAX_BYTES: Final = 1024 * 1024
"""Of a message that is read before anybody knows who sends it."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request says of its sender."""

    context_id: str | None = field(repr=False)
    customer_id: str | None = None
    """Whose the session must be; None where the request does not say."""


ReadCredentials = Callable[[falcon.Request], Credentials]


def from_header(req: falcon.Request) -> Credentials:
    """The bearer.

    Raises:
        SessionRefusedError: the header Authorization is of another form (MALFORMED).
    """
    return Credentials(parse_bearer(req.get_header("Authorization")))


def from_message(req: falcon.Request) -> Credentials:
    """``context_id`` and ``customer_id`` of the JSON message, as the shop's messages carry them.

    ``customer_id`` names the sender: a session of anybody else is refused. Where the message has
    no ``context_id``, or the request no message, the bearer counts; where both are there, they
    must be the same. ``req.get_media()`` returns the message to the responder as ever.

    Raises:
        SessionRefusedError: the header Authorization is of another form (MALFORMED).
        InvalidInputError: one of the two is no string, or header and message disagree.
        MessageError: of another type than JSON, over 1 MiB, not JSON, or not an object.
    """
    header = from_header(req)
    if not req.content_length:
        return header
    if not _is_json(req):
        # Falcon reads other types too, and a responder might take the sender from there.
        raise MessageError(UNSUPPORTED_MEDIA_TYPE, "Send 'Content-Type: application/json'.")
    message = _read_object(req)
    faults = [
        FieldFault(name, "must be a string")
        for name in ("context_id", "customer_id")
        if not isinstance(message.get(name, ""), str)
    ]
    if faults:
        raise InvalidInputError(faults)
    context_id = agreed("context_id", message.get("context_id"), header.context_id)
    return Credentials(context_id, message.get("customer_id"))


def _is_json(req: falcon.Request) -> bool:
    media_type = (req.content_type or falcon.MEDIA_JSON).partition(";")[0]
    return media_type.strip().lower() == falcon.MEDIA_JSON


def _read_object(req: falcon.Request) -> Mapping[str, Any]:
    if (req.content_length or 0) > MAX_BYTES:
        raise MessageError(MESSAGE_TOO_LARGE, f"The message may have at most {MAX_BYTES} bytes.")
    try:
        message: object = req.get_media()
    except (falcon.HTTPBadRequest, RecursionError):
        raise MessageError(MALFORMED_MESSAGE, "The message is not JSON.") from None
    if not isinstance(message, dict):
        raise MessageError(MALFORMED_MESSAGE, "The message must be a JSON object.")
    return cast("Mapping[str, Any]", message)
