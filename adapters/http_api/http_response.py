"""A response of the server at the service's URL."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast

from .call_failure import CallFailure, Retry

_PROBLEM: Final = re.compile(r"urn:cybershop:customer:problem:([a-z-]{1,40})", re.ASCII)
_LONGEST_RETRY_AFTER: Final = 60
"""Seconds."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A complete response. Another server than the customer service may have sent it."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case."""
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object in the body, or an empty one if the body is anything else."""
        try:
            content: object = json.loads(self.body.decode())
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, Any]", content) if isinstance(content, dict) else {}

    @property
    def problem(self) -> str:
        """The name of the customer service's problem, or an empty text for anything else."""
        problem_type: object = self.json().get("type")
        match = _PROBLEM.fullmatch(problem_type) if isinstance(problem_type, str) else None
        return match[1] if match else ""

    @property
    def retry_after(self) -> int | None:
        """The seconds in ``Retry-After``, at most a minute; None if it has none."""
        text = self.headers.get("retry-after", "")
        # A date (RFC 9110, 10.2.3) would need clocks that agree; the service sends seconds.
        return _bounded(text) if text.isascii() and text.isdigit() else None

    def to_failure(self) -> CallFailure:
        """The failure that this response is to a caller that cannot use it."""
        problem = self.problem or "not from the customer service"
        cause = f"it answers with status {self.status}, {problem}"
        # The service refuses a request with such a problem before it does anything. A stranger may
        # send any status after the service has acted, such as a firewall that reads answers.
        refused = bool(self.problem) and _is_client_error(self.status)
        if self.retry_after is not None:
            return CallFailure(cause, Retry.NEVER, self.retry_after, may_have_acted=not refused)
        may_pass = (
            self.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or self.status == HTTPStatus.TOO_MANY_REQUESTS
        )
        retry = Retry.AFTER_PAUSE if may_pass else Retry.NEVER
        return CallFailure(cause, retry, may_have_acted=not refused)


def _is_client_error(status: int) -> bool:
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _bounded(seconds: str) -> int:
    # Python refuses to read integers of thousands of digits.
    return max(1, min(int(seconds[:9]), _LONGEST_RETRY_AFTER))
