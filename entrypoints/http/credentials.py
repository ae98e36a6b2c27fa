"""Reads the credentials of a request, and finds the session that they open."""

import falcon

from ...domain.errors import SessionRefusedError
from ...domain.fields import Faults
from ...domain.services.session_check_service import SessionCheckService
from ...domain.session import Session
from .bearer import parse_bearer
from .query import read_query
from .request_schema import ParsedMessage


def require_session(req: falcon.Request, session_check: SessionCheckService) -> Session:
    """The live session that the header Authorization opens.

    Raises:
        SessionRefusedError: the header opens no live session.
    """
    session = session_check.check_session(parse_bearer(req.get_header("Authorization")))
    req.context.customer_id = session.customer_id
    return session


def read_credentials(req: falcon.Request, message: ParsedMessage) -> dict[str, str | None]:
    """The ``context_id`` and the ``customer_id``, each from any place that has it.

    The ``context_id`` comes from the header Authorization or the message, the ``customer_id``
    from the message or the query.

    Raises:
        InvalidInputError: the message has faults, two places have different values, or the URL
            contains the ``context_id``.
        SessionRefusedError: the header Authorization is no bearer (MALFORMED).
    """
    faults = message.faults
    if "context_id" in req.params:
        detail = "must not stand in the URL, which is logged; send it as bearer or in the body"
        faults.note("context_id", detail)
    query = read_query(req, ("customer_id",), faults)
    try:
        bearer = parse_bearer(req.get_header("Authorization"))
    except SessionRefusedError:
        faults.raise_if_any()
        raise
    fields = message.fields
    credentials = {
        "context_id": require_same("context_id", fields.get("context_id"), bearer, faults),
        "customer_id": require_same(
            "customer_id", fields.get("customer_id"), query.get("customer_id"), faults
        ),
    }
    faults.raise_if_any()
    return credentials


def require_same(field: str, one: str | None, other: str | None, faults: Faults) -> str | None:
    """The value that is given. Two different values are noted in ``faults``."""
    if one is not None and other is not None and one != other:
        faults.note(field, "is given twice with different values")
    return other if one is None else one
