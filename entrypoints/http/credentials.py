"""Who sends a request: the session behind its credentials."""

import falcon

from ...domain.errors import FieldFault, InvalidInputError
from ...domain.services.session_service import SessionService
from ...domain.session import Session
from .bearer import parse_bearer


def session_of(req: falcon.Request, sessions: SessionService) -> Session:
    """The live session of the request's bearer.

    Raises:
        SessionRefusedError: there is none.
    """
    return sessions.check_session(parse_bearer(req.get_header("Authorization")))


def presented(req: falcon.Request, message: dict[str, str]) -> dict[str, str | None]:
    """The pair ``context_id`` and ``customer_id``, from the header, the message or the query.

    Raises:
        InvalidInputError: two places disagree, or the secret stands in the URL.
    """
    if req.get_param("context_id") is not None:
        detail = "must not stand in the URL, which is logged; send it as bearer or in the body"
        raise InvalidInputError([FieldFault("context_id", detail)])
    return {
        "context_id": agreed(
            "context_id", message.get("context_id"), parse_bearer(req.get_header("Authorization"))
        ),
        "customer_id": agreed(
            "customer_id", message.get("customer_id"), req.get_param("customer_id")
        ),
    }


def agreed(field: str, one: str | None, other: str | None) -> str | None:
    """Whichever of the two is given.

    Raises:
        InvalidInputError: both are, and they differ.
    """
    if one is not None and other is not None and one != other:
        detail = "is given twice with different values"
        raise InvalidInputError([FieldFault(field, detail)])
    return other if one is None else one
