"""Counts and times the requests, by operation and outcome."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

import falcon

from ...adapters.metrics.service_metrics import ServiceMetrics
from .health_resource import POLLED_ROUTES
from .operation import operation_of
from .outcomes import OK
from .refusal_log import BUDGETS
from .router import HeadRouter

OTHER: Final = "other"
"""The operation of a request to no route, or with a method that its route does not serve."""


class RequestMetrics:
    """Falcon middleware, after ``RequestLog``, which starts the clock of a request.

    The outcome is ``ok``, or the problem of the answer, also where a gateway gets no body. Probes
    and reads of the metrics are not counted: they would hide how many requests of customers fail.
    """

    def __init__(self, metrics: ServiceMetrics, router: HeadRouter) -> None:
        self._router = router
        self._requests = metrics.requests
        self._throttled = metrics.throttled
        self._successes: dict[tuple[str, str | None], Callable[[float], None]] = {}

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,  # noqa: ARG002
        req_succeeded: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Count the request."""
        context = resp.context
        outcome = getattr(context, "problem", OK)
        self.count(
            req.method,
            req.uri_template,
            outcome,
            perf_counter() - req.context.started,
            budget=getattr(context, "budget", None),
        )

    def count(
        self,
        method: str,
        route: str | None,
        outcome: str,
        seconds: float,
        *,
        budget: str | None = None,
    ) -> None:
        """Count a request.

        Args:
            method: its method.
            route: the template of its path; None without a route.
            outcome: ``OK``, or the name of its problem.
            seconds: how long it took.
            budget: which budget was used up, if one was.
        """
        # Each session check comes here, and so do all successes: these take the short way.
        key = (method, route)
        observe = self._successes.get(key)
        if observe is not None and outcome is OK:
            observe(seconds)
            return
        if route in POLLED_ROUTES:
            return
        observe = self._requests[self._operation_name(method, route), outcome].quick_observe
        observe(seconds)
        # A caller may choose the method of a request to no route.
        if outcome == OK and route is not None and method in falcon.HTTP_METHODS:
            self._successes[key] = observe
        if outcome == "too-many-attempts":
            self._throttled[budget if budget in BUDGETS else "other",].inc()

    def _operation_name(self, method: str, route: str | None) -> str:
        """The name that the responder of the request has in the OpenAPI document too."""
        if route is None:
            return OTHER
        # HEAD is the operation of GET, also where it has a responder of its own.
        responder = self._router.find_responder("GET" if method == "HEAD" else method, route)
        operation = operation_of(responder)
        return OTHER if operation is None else operation.name
