"""Gives each request an id, and logs one line for it that holds no secret."""

import logging
from time import perf_counter
from typing import Final

import falcon

from .request_id import request_id

LOGGER: Final = logging.getLogger("cybershop_customer.http")


def assign_request_id(req: falcon.Request, resp: falcon.Response) -> None:
    """Name the request, unless it has its name already."""
    if "request_id" in req.context:
        return
    req.context.request_id = request_id(req.get_header("X-Request-ID"))
    req.context.started = perf_counter()
    resp.set_header("X-Request-ID", req.context.request_id)
    resp.set_header("Cache-Control", "no-store")
    resp.set_header("X-Content-Type-Options", "nosniff")


class RequestLog:
    """Middleware. The id is the caller's ``X-Request-ID`` if that is well-formed, or a new one.

    The line names the route, never the path or the query, since callers put anything there.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Name the request."""
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
