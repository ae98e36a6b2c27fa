"""Reads the message of a request that is a form: ``application/x-www-form-urlencoded``."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import unquote_plus

import falcon

from .body import read_body
from .media_type import require_form, require_uncompressed
from .problem import MALFORMED_MESSAGE, MessageError
from .request_schema import MAX_BYTES

_MAX_PARAMETERS: Final = 100
_ENCODED: Final = re.compile(r"(?:[^%]|%[0-9A-Fa-f]{2})*", re.ASCII)


def read_form(req: falcon.Request, names: Collection[str]) -> dict[str, str]:
    """The parameters in ``names`` that the form has.

    A parameter without a value counts as left out, and other parameters are ignored (RFC 6749,
    3.1). An empty body is a form without parameters.

    Raises:
        MessageError: the body is too large or is not an uncompressed form in UTF-8, or a
            parameter is given twice.
    """
    body = read_body(req.env, MAX_BYTES)
    if not body:
        return {}
    require_form(req.content_type)
    require_uncompressed(req.get_header("Content-Encoding"))
    pairs = [pair.partition("=") for pair in _ascii(body).split("&") if pair]
    if len(pairs) > _MAX_PARAMETERS:
        raise _malformed(f"The form may have at most {_MAX_PARAMETERS} parameters.")
    parameters: dict[str, str] = {}
    for encoded_name, _, encoded_value in pairs:
        name, value = _decode(encoded_name), _decode(encoded_value)
        if name in parameters:
            # Two readers of one form could choose different values. An unknown name is not
            # repeated in the answer: a client that builds its form wrongly may put a secret there.
            named = f"the parameter {name!r}" if name in names else "a parameter"
            raise _malformed(f"The form has {named} twice. Send it once.")
        parameters[name] = value
    return {name: parameters[name] for name in names if parameters.get(name)}


def _ascii(body: bytes) -> str:
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise _malformed("The form has bytes beyond ASCII. Percent-encode them.") from None


def _decode(text: str) -> str:
    if _ENCODED.fullmatch(text):
        try:
            return unquote_plus(text, errors="strict")
        except UnicodeDecodeError:
            pass
    raise _malformed("The form is not percent-encoded UTF-8.")


def _malformed(detail: str) -> MessageError:
    return MessageError(MALFORMED_MESSAGE, detail)
