"""Logs one line for each request, without secrets."""

import logging
from time import perf_counter
from typing import Final

import falcon

from .request_id import request_id

LOGGER: Final = logging.getLogger("cybershop_customer.http")


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
    """Falcon middleware that gives each request an id, and logs the request with its reply.

    The line names the route. It omits the path and the query, because they may contain secrets.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Give the request its id."""
        assign_request_id(req, resp)

    def process_response(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        resource: object,  # noqa: ARG002
        req_succeeded: bool,  # noqa: ARG002, FBT001
    ) -> None:
        """Log the request."""
        LOGGER.info(
            "request",
            extra={
                "request_id": req.context.request_id,
                "method": req.method if req.method in falcon.HTTP_METHODS else "other",
                "route": req.uri_template or "-",
                "status_code": resp.status_code,
                "problem": getattr(resp.context, "problem", None),
                "milliseconds": round((perf_counter() - req.context.started) * 1000, 3),
            },
        )
