"""An error as a complete HTTP answer, which every framework can send."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from ...domain.errors import CustomerServiceError
from ..http.problem import INTERNAL_ERROR, MEDIA_TYPE, Problem, problem_from_service_error
from ..http.request_id import request_id as ensure_request_id

__all__ = ["Reply", "problem_reply"]

LOGGER: Final = logging.getLogger("cybershop_customer.middleware")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``headers`` has all headers but Content-Length."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def problem_reply(error: CustomerServiceError, request_id: str | None = None) -> Reply:
    """The answer to a request that raised ``error``: an RFC 9457 problem (docs/http.md).

    Call it in the error handler of a service whose views raise, as ``session.require("admin")``
    does. An internal error becomes a 500 without details. It is logged, and so is the root cause of
    a 503. The log's text contains the request_id, because default log formats print only the text.

    Args:
        error: the error that this library raised.
        request_id: the request's ``X-Request-ID``. The answer gets a new one if this is None or not
            well-formed.
    """
    problem = problem_from_service_error(error, conditional=False)
    reply_id = ensure_request_id(request_id)
    if problem.type is INTERNAL_ERROR:
        extra = {"request_id": reply_id}
        LOGGER.error("fault, request_id %s", reply_id, exc_info=error, extra=extra)
    elif problem.type.status is HTTPStatus.SERVICE_UNAVAILABLE:
        cause = _root_cause(error)
        LOGGER.warning(
            "unavailable: %s, request_id %s",
            " ".join(str(cause).split()) or type(cause).__name__,
            reply_id,
            extra={"request_id": reply_id},
        )
    return reply_of(problem, reply_id)


def _root_cause(error: BaseException) -> BaseException:
    """The first error of the chain: the errors after it only pass it on."""
    seen = {id(error)}
    while error.__cause__ is not None and id(error.__cause__) not in seen:
        error = error.__cause__
        seen.add(id(error))
    return error


def reply_of(problem: Problem, request_id: str) -> Reply:
    """``problem`` as an answer that no cache stores and no browser reads as another type."""
    headers = {
        "Content-Type": MEDIA_TYPE,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-ID": request_id,
        **problem.headers,
    }
    return Reply(problem.type.status.value, headers, problem.encoded(request_id))
