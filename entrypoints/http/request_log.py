"""Logs one line for each request, without secrets."""

import logging
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import falcon

from ...adapters.current_trace import current_trace_id
from ...domain.request_context import RequestContext, begin_request, end_request
from ...domain.trace_context import begin_trace
from .client_source import ClientSource
from .health_resource import POLLED_ROUTES
from .refusal_log import RefusalLog
from .request_id import request_id
from .request_record import LOGGER, RequestRecords
from .trace_headers import read_trace


def assign_request_id(req: falcon.Request, resp: falcon.Response) -> None:
    """Give the request its id and start its clock, unless this is done already."""
    if "request_id" in req.context:
        return
    req.context.request_id = request_id(req.get_header("X-Request-ID"))
    req.context.started = perf_counter()
    resp.set_header("X-Request-ID", req.context.request_id)
    resp.set_header("Cache-Control", "no-store")
    resp.set_header("X-Content-Type-Options", "nosniff")


class RequestLog:
    """Falcon middleware that identifies each request, and logs the request with its answer.

    The line names the route. It omits the path and the query, because they may contain secrets.
    It names a customer only after the service has verified who that is:

    - ``customer_id``: whose session acted, who logged in or out, or who was added;
    - ``asking_service``: which service introspected a session, by the name of its secret;
    - ``target``: whom the request read or changed, if that is another customer.

    The requests of probes are logged at the level ``DEBUG``, all others at ``INFO``.

    Args:
        client_source: finds the source of a request.
        refusal_log: warns of refused and failed attempts.
    """

    def __init__(self, client_source: ClientSource, refusal_log: RefusalLog) -> None:
        self._client_source = client_source
        self._refusal_log = refusal_log
        self._records = RequestRecords()

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give the request its id and its source, for the domain too."""
        assign_request_id(req, resp)
        context = req.context
        context.source = self._client_source.find(req.env)
        begin_request(RequestContext(context.source, context.request_id))
        begin_trace(read_trace(req.env))

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,  # noqa: ARG002
        req_succeeded: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Log the request."""
        end_request()
        context = req.context
        problem = getattr(resp.context, "problem", None)
        # Falcon refuses the method WEBSOCKET before it calls process_request.
        source = getattr(context, "source", None) or self._client_source.find(req.env)
        level = logging.DEBUG if req.uri_template in POLLED_ROUTES else logging.INFO
        if LOGGER.isEnabledFor(level):
            self.write(level, _fields(req, resp, problem, source))
        if problem is not None:
            self._note_problem(req, resp, problem, source)
        self._refusal_log.write_due()
        begin_trace(None)

    def write(self, level: int, fields: Mapping[str, Any]) -> None:
        """Write the line of a request, with these ``fields``."""
        LOGGER.handle(self._records.make(level, fields))

    def _note_problem(
        self, req: falcon.Request, resp: falcon.Response, problem: str, source: str
    ) -> None:
        """Count a refused attempt or a failed login."""
        match problem:
            case "login-refused":
                name = getattr(req.context, "login_name", None) or ""
                self._refusal_log.note_failed_login(source, name)
            case "wrong-password":
                # A stolen session can be used to guess the password of its customer.
                self._refusal_log.note_failed_login(source, req.context.customer_id)
            case "too-many-attempts":
                self._refusal_log.note_refusal(resp.context.budget, source)
            case "introspection-refused":
                self._refusal_log.note_refusal("introspection", source)
            case "service-busy":
                self._refusal_log.note_refusal("busy", source)
            case _:
                pass


def _fields(
    req: falcon.Request, resp: falcon.Response, problem: str | None, source: str
) -> Mapping[str, Any]:
    """What the line of a request says."""
    context = req.context
    customer_id = getattr(context, "customer_id", None)
    target = getattr(context, "target", None)
    return {
        "request_id": context.request_id,
        "trace_id": current_trace_id(),
        "method": req.method if req.method in falcon.HTTP_METHODS else "other",
        "route": req.uri_template or "-",
        "status_code": resp.status_code,
        "problem": problem,
        "milliseconds": round((perf_counter() - context.started) * 1000, 3),
        "source": source,
        "customer_id": customer_id,
        "asking_service": getattr(context, "asking_service", None),
        "target": None if target == customer_id else target,
    }
