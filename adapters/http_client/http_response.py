"""An answer as it was received, and what can be said of any."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, cast

from .call_failure import CallFailure, Retry

_PROBLEM: Final = re.compile(r"urn:cybershop:customer:problem:([a-z-]{1,40})", re.ASCII)
_LONGEST_WAIT: Final = 60
_WORTH_ANOTHER: Final = HTTPStatus.TOO_MANY_REQUESTS


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, whole, from whoever listens there."""

    status: int
    headers: Mapping[str, str]
    """Named in any case."""
    body: bytes

    def json(self) -> dict[str, Any]:
        """The JSON object that the body is; an empty one, if it is something else."""
        try:
            found: object = json.loads(self.body.decode())
        except (ValueError, RecursionError):
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    @property
    def problem(self) -> str:
        """The name of the problem that it is, if it is one of the customer service's; or empty."""
        found: object = self.json().get("type")
        match = _PROBLEM.fullmatch(found) if isinstance(found, str) else None
        return match[1] if match else ""

    def failure(self) -> CallFailure:
        """What it is to whoever cannot use it."""
        problem = self.problem or "which is not the customer service's"
        why = f"it answers with status {self.status}, {problem}"
        wait = self.headers.get("Retry-After", "")
        if wait.isascii() and wait.isdigit():
            # A date (RFC 9110, 10.2.3) would need clocks that agree; the service sends seconds.
            return CallFailure(why, Retry.NEVER, _bounded(wait))
        passing = self.status >= HTTPStatus.INTERNAL_SERVER_ERROR or self.status == _WORTH_ANOTHER
        return CallFailure(why, Retry.AFTER_PAUSE if passing else Retry.NEVER)


def _bounded(seconds: str) -> int:
    # Python refuses to read integers of thousands of digits.
    return max(1, min(int(seconds[:9]), _LONGEST_WAIT))
