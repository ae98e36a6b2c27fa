"""Reads the parameters in the query of a URL."""

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Final

import falcon

from ...domain.fields import Faults
from .request_schema import MAX_UNKNOWN_FIELDS, printable

_INTEGER: Final = re.compile(r"-?\d{1,9}", re.ASCII)


def read_query(req: falcon.Request, names: Iterable[str], faults: Faults) -> dict[str, str]:
    """The parameters in ``names`` that the query has.

    A repeated parameter is noted in ``faults``, because two readers of one URL may choose
    different values.
    """
    parameters: dict[str, str] = {}
    for name in names:
        value = req.params.get(name)
        if isinstance(value, list):
            faults.note(name, "is given more than once in the URL; send it once")
        elif isinstance(value, str):
            parameters[name] = value
    return parameters


def refuse_unknown(req: falcon.Request, names: Collection[str], faults: Faults) -> None:
    """Note a fault for each parameter that is not one of ``names``."""
    unknown = (name for name in req.params if name not in names)
    for name in islice(unknown, MAX_UNKNOWN_FIELDS):
        faults.note(printable(name), f"is not a parameter here; these are: {', '.join(names)}")


def parse_limit(query: Mapping[str, str], faults: Faults, *, default: int, most: int) -> int:
    """The parameter ``limit``. A text that is no number is noted; the use case checks the range."""
    text = query.get("limit", str(default))
    if not _INTEGER.fullmatch(text):
        faults.note("limit", f"must be a whole number from 1 to {most}")
        return 1
    return int(text)
