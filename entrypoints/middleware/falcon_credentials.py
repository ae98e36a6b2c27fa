"""Reads the credentials of a Falcon request."""

from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final, cast

import falcon

from ...domain.fields import Faults
from ..http.bearer import parse_bearer
from ..http.body import ShortBodyError, read_body
from ..http.credentials import require_same
from ..http.media_type import require_json, require_uncompressed
from ..http.problem import MALFORMED_MESSAGE, MessageError

MAX_BYTES: Final = 1024 * 1024
"""The largest message, which is read before its sender is known."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials in a request."""

    context_id: str | None = field(repr=False)
    customer_id: str | None = None
    """The customer whose session it must be, or None if the request names no customer."""


ReadCredentials = Callable[[falcon.Request], Credentials]


def from_header(req: falcon.Request) -> Credentials:
    """The bearer of the header Authorization.

    Raises:
        SessionRefusedError: the header has another form (MALFORMED).
    """
    return Credentials(parse_bearer(req.get_header("Authorization")))


def from_message(req: falcon.Request) -> Credentials:
    """The ``context_id`` and ``customer_id`` of the JSON message.

    ``customer_id`` names the sender. The session of any other customer is refused. The bearer
    replaces a ``context_id`` that is missing in the message, or a missing message. If both are
    present, they must be the same. ``req.get_media()`` still returns the message to the responder,
    also if it came in transfer coding ``chunked``.

    Raises:
        SessionRefusedError: the header Authorization has another form (MALFORMED).
        InvalidInputError: one of the two is no string, or header and message disagree.
        MessageError: the message has another type than JSON, is compressed, has more than 1 MiB, is
            incomplete, is no JSON, or is no JSON object.
    """
    header = from_header(req)
    if not _receive(req):
        return header
    message = _read_object(req)
    faults = Faults()
    for name in ("context_id", "customer_id"):
        if not isinstance(message.get(name, ""), str):
            faults.note(name, "must be a string")
    context_id = require_same("context_id", message.get("context_id"), header.context_id, faults)
    faults.raise_if_any()
    return Credentials(context_id, message.get("customer_id"))


def _receive(req: falcon.Request) -> bool:
    """Read the body, and let Falcon read it again. Returns whether there is a body."""
    try:
        body = read_body(req.env, MAX_BYTES)
    except ShortBodyError as error:
        if error.received:
            raise
        # Earlier middleware may have read the body. Then Falcon has the message already.
    else:
        if not body:
            return False
        body = body.removeprefix(BOM_UTF8)
        req.env["wsgi.input"] = req.stream = BytesIO(body)
        req.env["CONTENT_LENGTH"] = str(len(body))
        req.env.pop("HTTP_TRANSFER_ENCODING", None)
    # Falcon parses other types too, and a responder might take the sender from such a message.
    require_json(req.content_type or falcon.MEDIA_JSON)
    require_uncompressed(req.get_header("Content-Encoding"))
    return True


def _read_object(req: falcon.Request) -> Mapping[str, Any]:
    try:
        message: object = req.get_media()
    except (falcon.HTTPBadRequest, RecursionError):
        raise MessageError(MALFORMED_MESSAGE, "The message is not JSON.") from None
    if not isinstance(message, dict):
        raise MessageError(MALFORMED_MESSAGE, "The message must be a JSON object.")
    return cast("Mapping[str, Any]", message)
