"""Reads a request's message: one JSON object of strings, strictly."""

import json
from dataclasses import dataclass
from typing import Any, Final, cast

import falcon

from ...domain.errors import FieldFault, InvalidInputError
from .problem import (
    MALFORMED_MESSAGE,
    MESSAGE_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    MessageError,
)

MAX_BYTES: Final = 64 * 1024
"""Ten times what the longest valid message needs."""

_MAX_FAULTS: Final = 20
_MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Message:
    """The fields that a kind of message has, and those it must have. All are strings."""

    fields: tuple[str, ...]
    required: tuple[str, ...] = ()

    def read(self, req: falcon.Request) -> dict[str, str]:
        """The fields that ``req`` carries; none where its body is empty and may be.

        Raises:
            MessageError: not application/json, too large, not UTF-8, not one JSON object, or
                an object that names a field twice.
            InvalidInputError: names every field that is unknown, missing or no string.
        """
        message = _read_object(req)
        faults = [
            FieldFault(
                _printable(name), f"is not a field here; these are: {', '.join(self.fields)}"
            )
            for name in message
            if name not in self.fields
        ]
        faults += [
            FieldFault(name, "must be a string")
            for name in self.fields
            if name in message and not isinstance(message[name], str)
        ]
        faults += [FieldFault(name, "is missing") for name in self.required if name not in message]
        if faults:
            raise InvalidInputError(faults[:_MAX_FAULTS])
        return message


def _printable(name: str) -> str:
    """A stranger's name for a field, cut short and fit for any text."""
    return name[:_MAX_NAME].encode(errors="backslashreplace").decode()


def _read_object(req: falcon.Request) -> dict[str, Any]:
    body = _read_body(req)
    if not body:
        return {}
    _require_json(req.content_type)
    try:
        found: object = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise MessageError(MALFORMED_MESSAGE, "The message is not UTF-8.") from None
    except RecursionError:
        raise MessageError(MALFORMED_MESSAGE, "The message is nested too deeply.") from None
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise MessageError(
            MALFORMED_MESSAGE, f"The message is not JSON: {fault.msg} at {where}."
        ) from None
    except ValueError:
        # Python refuses to read integers of thousands of digits.
        raise MessageError(MALFORMED_MESSAGE, "The message has a number too long.") from None
    if not isinstance(found, dict):
        raise MessageError(MALFORMED_MESSAGE, "The message must be a JSON object.")
    return cast("dict[str, Any]", found)


def _read_body(req: falcon.Request) -> bytes:
    body = req.bounded_stream.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise MessageError(MESSAGE_TOO_LARGE, f"The message may have at most {MAX_BYTES} bytes.")
    return body


def _require_json(content_type: str | None) -> None:
    media_type, _, parameters = (content_type or "").lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "")
    if media_type.strip() != "application/json" or charset not in ("", "charset=utf-8"):
        raise MessageError(
            UNSUPPORTED_MEDIA_TYPE, "Send the header 'Content-Type: application/json'."
        )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MessageError(MALFORMED_MESSAGE, "The message has a field twice.")
    return found


def _refuse_constant(name: str) -> None:
    raise MessageError(MALFORMED_MESSAGE, f"The message is not JSON: it has {name}.")
