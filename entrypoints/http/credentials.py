"""Who sends a request: the session behind its credentials."""

import falcon

from ...domain.errors import SessionRefusedError
from ...domain.fields import Faults
from ...domain.services.session_check_service import SessionCheckService
from ...domain.session import Session
from .bearer import parse_bearer
from .query import read_query
from .request_schema import Reading


def session_of(req: falcon.Request, session_check: SessionCheckService) -> Session:
    """The live session of the request's bearer.

    Raises:
        SessionRefusedError: there is none.
    """
    return session_check.check_session(parse_bearer(req.get_header("Authorization")))


def read_credentials(req: falcon.Request, message: Reading) -> dict[str, str | None]:
    """The pair ``context_id`` and ``customer_id``, from the header, the message or the query.

    Raises:
        InvalidInputError: the message has faults, two places disagree, or the secret stands in
            the URL.
        SessionRefusedError: the header Authorization is of another form (MALFORMED).
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
    pair = {
        "context_id": require_same("context_id", fields.get("context_id"), bearer, faults),
        "customer_id": require_same(
            "customer_id", fields.get("customer_id"), query.get("customer_id"), faults
        ),
    }
    faults.raise_if_any()
    return pair


def require_same(field: str, one: str | None, other: str | None, faults: Faults) -> str | None:
    """Whichever of the two is given; a fault if both are, and they differ."""
    if one is not None and other is not None and one != other:
        faults.note(field, "is given twice with different values")
    return other if one is None else one
