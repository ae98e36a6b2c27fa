"""Where a Falcon request carries its credentials."""

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
    must be the same. ``req.get_media()`` returns the message to the responder as ever, also one
    in transfer coding ``chunked``.

    Raises:
        SessionRefusedError: the header Authorization is of another form (MALFORMED).
        InvalidInputError: one of the two is no string, or header and message disagree.
        MessageError: of another type than JSON, compressed, over 1 MiB, not complete, not JSON,
            or not an object.
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
    """Receive the body, for Falcon to read it again. Returns whether there is one."""
    try:
        body = read_body(req.env, MAX_BYTES)
    except ShortBodyError as error:
        if error.received:
            raise
        # Middleware before this one may have read it; then Falcon has the message already.
    else:
        if not body:
            return False
        body = body.removeprefix(BOM_UTF8)
        req.env["wsgi.input"] = req.stream = BytesIO(body)
        req.env["CONTENT_LENGTH"] = str(len(body))
        req.env.pop("HTTP_TRANSFER_ENCODING", None)
    # Falcon reads other types too, and a responder might take the sender from there.
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
