"""Adds ``HEAD`` to the routes, because Falcon does not."""

from collections.abc import Callable
from typing import Any

from falcon.routing import CompiledRouter


class HeadRouter(CompiledRouter):
    """A router that serves ``HEAD`` on every route that serves ``GET`` (RFC 9110, 9.1).

    The responder of ``GET`` also answers ``HEAD``. Falcon sends its headers and drops the body.
    """

    def map_http_methods(
        self,
        resource: object,
        **kwargs: Any,  # noqa: ANN401 (Falcon's signature)
    ) -> dict[str, Callable[..., Any]]:
        """The responders of ``resource``, by method."""
        responders: dict[str, Callable[..., Any]] = super().map_http_methods(resource, **kwargs)
        if "GET" in responders:
            responders.setdefault("HEAD", responders["GET"])
        return responders
