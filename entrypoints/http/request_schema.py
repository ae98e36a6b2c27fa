"""Reads a request's message: one JSON object of strings, strictly."""

import json
from codecs import BOM_UTF8
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, cast

import falcon

from ...domain.fields import Faults
from .body import read_body
from .media_type import require_json, require_uncompressed
from .problem import MALFORMED_MESSAGE, MessageError

MAX_BYTES: Final = 64 * 1024
"""Ten times what the longest valid message needs."""

_MAX_UNKNOWN: Final = 20
_MAX_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class RequestSchema:
    """The fields that a kind of message has, and those it must have. All are strings."""

    fields: tuple[str, ...]
    required: tuple[str, ...] = ()

    def read(self, req: falcon.Request) -> "Reading":
        """What ``req`` carries; no field where its body is empty.

        Raises:
            MessageError: not application/json, too large, not UTF-8, not one JSON object, or
                an object that names a field twice.
        """
        message = _read_object(req)
        faults = Faults()
        unknown = (name for name in message if name not in self.fields)
        for name in islice(unknown, _MAX_UNKNOWN):
            detail = f"is not a field here; these are: {', '.join(self.fields)}"
            faults.note(_printable(name), detail)
        values: dict[str, str] = {}
        for name in self.fields:
            value = message.get(name)
            if isinstance(value, str):
                values[name] = value
            elif name in message:
                faults.note(name, "must be a string")
            elif name in self.required:
                faults.note(name, "is missing")
        # What is required is there for the use case, which notes no second fault of a field.
        return Reading({**dict.fromkeys(self.required, ""), **values}, faults)


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields that could be read, and what is wrong with the others.

    The faults go to the use case as ``found``, so that its own are reported with them. A use
    case that reports none is called after ``faults.raise_if_any()``.
    """

    fields: dict[str, str]
    faults: Faults


def _printable(name: str) -> str:
    """A stranger's name for a field, cut short and fit for any text."""
    return name[:_MAX_NAME].encode(errors="backslashreplace").decode()


def _read_object(req: falcon.Request) -> dict[str, Any]:
    body = read_body(req.env, MAX_BYTES)
    if not body:
        return {}
    require_json(req.content_type)
    require_uncompressed(req.get_header("Content-Encoding"))
    try:
        found: object = json.loads(
            # A parser may ignore a byte order mark (RFC 8259, 8.1).
            body.removeprefix(BOM_UTF8).decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError:
        raise MessageError(
            MALFORMED_MESSAGE, "The message is not UTF-8. Send it in UTF-8."
        ) from None
    except RecursionError:
        raise MessageError(MALFORMED_MESSAGE, "The message is nested too deeply.") from None
    except json.JSONDecodeError as error:
        # The parser's own words differ between versions of Python.
        where = f"line {error.lineno}, column {error.colno}"
        raise MessageError(
            MALFORMED_MESSAGE, f"The message is not JSON: the first error is at {where}."
        ) from None
    except ValueError:
        # Python refuses to read integers of thousands of digits.
        raise MessageError(MALFORMED_MESSAGE, "The message has a number too long.") from None
    if not isinstance(found, dict):
        raise MessageError(MALFORMED_MESSAGE, "The message must be a JSON object.")
    return cast("dict[str, Any]", found)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise MessageError(
            MALFORMED_MESSAGE, f"The message has the field {_printable(twice)!r} twice."
        )
    return found


def _refuse_constant(name: str) -> None:
    raise MessageError(MALFORMED_MESSAGE, f"The message is not JSON: it has {name}.")
