"""Turns Falcon's own errors into problems, so that all errors have the same form."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, cast

import falcon

from .problem import Problem, problem_type_from_status

_DETAILS: Final = {
    HTTPStatus.NOT_FOUND: "There is nothing at this path; the interface begins /api/v1/customer.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This path takes only the methods that the header Allow names.",
}


def problem_from_http_error(error: falcon.HTTPError) -> Problem:
    """The problem of an error that Falcon raised: an unknown path, a wrong method, a bad header."""
    status = HTTPStatus(error.status_code)
    detail = error.description or _DETAILS.get(status, status.phrase)
    return Problem(problem_type_from_status(status), f"{detail.rstrip('.')}.", {}, _headers(error))


def _headers(error: falcon.HTTPError) -> Mapping[str, str]:
    return dict(cast("Mapping[str, str]", error.headers or {}))
