"""Reads the parameters of a request's query."""

from collections.abc import Iterable

import falcon

from ...domain.fields import Faults


def read_query(req: falcon.Request, names: Iterable[str], faults: Faults) -> dict[str, str]:
    """Those of ``names`` that the query has, each once.

    One that is given more than once is a fault, whatever its values: readers of the same URL
    differ in which they take.
    """
    found: dict[str, str] = {}
    for name in names:
        value = req.params.get(name)
        if isinstance(value, list):
            faults.note(name, "is given more than once in the URL; send it once")
        elif isinstance(value, str):
            found[name] = value
    return found
