"""A refusal as a complete answer, which every framework can send."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ...domain.errors import CustomerServiceError
from ..http.problem import INTERNAL_ERROR, MEDIA_TYPE, Problem, problem_from_service_error
from ..http.request_id import request_id as named

__all__ = ["Reply", "problem_reply"]

LOGGER: Final = logging.getLogger("cybershop_customer.middleware")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; ``headers`` has everything but the length of ``body``."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def problem_reply(error: CustomerServiceError, request_id: str | None = None) -> Reply:
    """What a caller is told when ``error`` was raised: an RFC 9457 problem (docs/http.md).

    For the error handlers of a service whose views raise, as ``session.require("admin")`` does.
    An error that is none of the caller's business becomes a 500 that says nothing; it is logged,
    and so is the root cause of a 503. The log's text has the answer's request_id, since default
    formats print no more than the text.

    Args:
        error: whatever this library raised.
        request_id: the request's ``X-Request-ID``; where there is none, or it is not
            well-formed, the answer gets a new one.
    """
    found = problem_from_service_error(error, conditional=False)
    reply_id = named(request_id)
    if found.type is INTERNAL_ERROR:
        extra = {"request_id": reply_id}
        LOGGER.error("fault, request_id %s", reply_id, exc_info=error, extra=extra)
    elif found.type.status is HTTPStatus.SERVICE_UNAVAILABLE:
        cause = _root_cause(error)
        LOGGER.warning(
            "unavailable: %s, request_id %s",
            " ".join(str(cause).split()) or type(cause).__name__,
            reply_id,
            extra={"request_id": reply_id},
        )
    return reply_of(found, reply_id)


def _root_cause(error: BaseException) -> BaseException:
    """The first error of the chain: the errors after it only pass it on."""
    seen = {id(error)}
    while error.__cause__ is not None and id(error.__cause__) not in seen:
        error = error.__cause__
        seen.add(id(error))
    return error


def reply_of(found: Problem, request_id: str) -> Reply:
    """``found`` as an answer that no cache keeps and no browser takes for something else."""
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-ID": request_id,
        **found.headers,
    }
    return Reply(found.type.status.value, headers, found.encoded(request_id))
