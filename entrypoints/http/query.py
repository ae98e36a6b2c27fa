"""Reads the parameters in the query of a URL."""

from collections.abc import Iterable

import falcon

from ...domain.fields import Faults


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
