"""The problem that an error becomes, and what the log says of it."""

from ...domain.errors import CustomerServiceError, StoreFaultError
from . import problem
from .request_record import LOGGER


def problem_of_service_error(
    error: CustomerServiceError, request_id: str, *, conditional: bool = False
) -> problem.Problem:
    """The problem of ``error``. An error that no caller can act on is logged.

    Args:
        error: what the use case raised.
        request_id: the id of the request.
        conditional: whether the request has the header If-Match.
    """
    answer = problem.problem_from_service_error(error, conditional=conditional)
    if answer.type is problem.INTERNAL_ERROR:
        extra = {"request_id": request_id}
        if isinstance(error, StoreFaultError):
            # An operator fixes this in the store; a trace of this code does not help.
            LOGGER.error("the request failed: %s", error, extra=extra)
        else:
            LOGGER.error("the request failed", exc_info=error, extra=extra)
    return answer


def problem_of_unexpected_error(error: Exception, request_id: str) -> problem.Problem:
    """The problem of an error that is a bug. The log has its traceback."""
    LOGGER.error("the request failed", exc_info=error, extra={"request_id": request_id})
    return problem.internal_error()
