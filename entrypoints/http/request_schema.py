"""Reads the message of a request: one JSON object whose values are strings."""

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, cast

import falcon

from ...domain.fields import Faults
from .body import read_body
from .media_type import require_json, require_uncompressed
from .problem import MALFORMED_MESSAGE, MessageError

MAX_BYTES: Final = 64 * 1024
"""The size limit of a message: ten times the longest valid one."""

MAX_UNKNOWN_FIELDS: Final = 20
_MAX_NAME_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class RequestSchema:
    """The fields that a message may have, and the fields that it must have. All are strings."""

    fields: tuple[str, ...]
    required: tuple[str, ...] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])
    """What to do about fields that another operation takes: the rest of a sentence, by name."""
    merge_patch: bool = False
    """Whether the message is a JSON merge patch (RFC 7396), of either media type.

    The fields are texts that are empty if the customer has none. So ``null``, which removes a
    field, makes it empty.
    """

    def read(self, req: falcon.Request) -> "ParsedMessage":
        """Read the message of ``req``. An empty body is a message without fields.

        Raises:
            MessageError: the body is too large, is not uncompressed JSON in UTF-8, is not an
                object, or has a field twice.
        """
        message = _read_object(req, merge_patch=self.merge_patch)
        faults = Faults()
        unknown = (name for name in message if name not in self.fields)
        for name in islice(unknown, MAX_UNKNOWN_FIELDS):
            faults.note(printable(name), self.elsewhere.get(name, self._unknown()))
        values: dict[str, str] = {}
        for name in self.fields:
            value = message.get(name)
            if isinstance(value, str):
                values[name] = value
            elif self.merge_patch and name in message and value is None:
                values[name] = ""
            elif name in message:
                faults.note(name, f"must be a string{' or null' if self.merge_patch else ''}")
            elif name in self.required:
                faults.note(name, "is missing")
        # The use case needs every required field, and notes no second fault for a field.
        return ParsedMessage({**dict.fromkeys(self.required, ""), **values}, faults)

    def _unknown(self) -> str:
        """The fault of a field that no operation takes."""
        if not self.fields:
            return "is not a field here; this takes no fields"
        return f"is not a field here; these are: {', '.join(self.fields)}"


NO_FIELDS: Final = RequestSchema(())
"""The message of an operation that takes no field."""


@dataclass(frozen=True, slots=True)
class ParsedMessage:
    """The valid fields of a message, and the faults of the others.

    The use case gets the faults as ``found``, and reports its own faults together with them. A
    use case without ``found`` is called after ``faults.raise_if_any()``.
    """

    fields: dict[str, str]
    faults: Faults


def printable(name: str) -> str:
    """A field name of the caller, shortened, with surrogates escaped."""
    return name[:_MAX_NAME_LENGTH].encode(errors="backslashreplace").decode()


def _read_object(req: falcon.Request, *, merge_patch: bool) -> dict[str, Any]:
    body = read_body(req.env, MAX_BYTES)
    if not body:
        return {}
    require_json(req.content_type, merge_patch=merge_patch)
    require_uncompressed(req.get_header("Content-Encoding"))
    try:
        message: object = json.loads(
            # RFC 8259, 8.1, lets a parser ignore a byte order mark.
            body.removeprefix(BOM_UTF8).decode("utf-8"),
            object_pairs_hook=_require_unique_names,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise MessageError(
            MALFORMED_MESSAGE, "The message is not UTF-8. Send it in UTF-8."
        ) from None
    except RecursionError:
        raise MessageError(MALFORMED_MESSAGE, "The message is nested too deeply.") from None
    except json.JSONDecodeError as error:
        # The parser's own text differs between versions of Python.
        where = f"line {error.lineno}, column {error.colno}"
        raise MessageError(
            MALFORMED_MESSAGE, f"The message is not JSON: the first error is at {where}."
        ) from None
    except ValueError:
        # Python does not convert integers of thousands of digits.
        raise MessageError(MALFORMED_MESSAGE, "The message has a number too long.") from None
    if not isinstance(message, dict):
        raise MessageError(MALFORMED_MESSAGE, "The message must be a JSON object.")
    return cast("dict[str, Any]", message)


def _require_unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    message = dict(pairs)
    if len(message) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        repeated = next(name for name, count in counts.items() if count > 1)
        raise MessageError(
            MALFORMED_MESSAGE, f"The message has the field {printable(repeated)!r} twice."
        )
    return message


def _refuse_constant(name: str) -> None:
    raise MessageError(MALFORMED_MESSAGE, f"The message is not JSON: it has {name}.")
