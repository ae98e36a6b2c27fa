"""Counts and times the requests, by operation and outcome."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

import falcon

from ...adapters.metrics.service_metrics import ServiceMetrics
from .operation_names import operation_name
from .refusal_log import BUDGETS

OK: Final = "ok"
_FIRST_ERROR: Final = 400


class RequestMetrics:
    """Falcon middleware, after ``RequestLog``, which starts the clock of a request.

    The outcome is ``ok``, or the problem of the reply. A refusal without a problem, as a gateway
    gets it, is ``http_`` and the status.
    """

    def __init__(self, metrics: ServiceMetrics) -> None:
        self._requests = metrics.requests
        self._throttled = metrics.throttled
        self._observers: dict[tuple[str, str | None, str], Callable[[float], None]] = {}

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,  # noqa: ARG002
        req_succeeded: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Count the request."""
        outcome: str = getattr(resp.context, "problem", None) or OK
        if outcome is OK and resp.status != falcon.HTTP_200 and resp.status_code >= _FIRST_ERROR:
            outcome = f"http_{resp.status_code}"
        route = req.uri_template
        # A request without a route may have any method, and so would fill this dictionary.
        key = (req.method if route is not None else "", route, outcome)
        observe = self._observers.get(key)
        if observe is None:
            observe = self._requests[operation_name(key[0], route), outcome].observe
            if req.method in falcon.HTTP_METHODS:
                self._observers[key] = observe
        observe(perf_counter() - req.context.started)
        if outcome == "too-many-attempts":
            budget = resp.context.budget
            self._throttled[budget if budget in BUDGETS else "other",].inc()
