"""Maps methods to responders where Falcon does not: ``HEAD``, and resources for any method."""

from collections.abc import Callable
from typing import Any

from falcon.constants import COMBINED_METHODS
from falcon.routing import CompiledRouter, map_http_methods

Responder = Callable[..., Any]


class _AnyMethod(dict[str, Responder]):
    """Every method, also one that Falcon does not know, has the same responder."""

    def __init__(self, responder: Responder) -> None:
        super().__init__(dict.fromkeys((*COMBINED_METHODS, "WEBSOCKET"), responder))
        self._responder = responder

    def __missing__(self, method: str) -> Responder:
        return self._responder


class HeadRouter(CompiledRouter):
    """A router that serves ``HEAD`` on every route that serves ``GET`` (RFC 9110, 9.1).

    The responder of ``GET`` also answers ``HEAD``. Falcon sends its headers and drops the body.
    A resource with the responder ``on_any`` gets every method, ``OPTIONS`` included.
    """

    def __init__(self) -> None:
        super().__init__()
        self.responders: dict[str, dict[str, Responder]] = {}
        """The responders of each route, by method. A resource for any method has ``GET`` only."""
        self._served: dict[str, dict[str, Responder]] = {}

    def add_route(self, uri_template: str, resource: object, **kwargs: Any) -> None:  # noqa: ANN401
        """Add a route, and remember its responders."""
        super().add_route(uri_template, resource, **kwargs)
        self._served[uri_template] = self.map_http_methods(resource, **kwargs)
        suffix = kwargs.get("suffix")
        on_any: Responder | None = getattr(resource, "on_any", None)
        self.responders[uri_template] = (
            dict(map_http_methods(resource, suffix)) if on_any is None else {"GET": on_any}
        )

    def find_responder(self, method: str, route: str) -> Responder | None:
        """The responder of ``method`` on ``route``, or None if the route does not serve it."""
        try:
            return self._served[route][method]
        except KeyError:
            return None

    def map_http_methods(
        self,
        resource: object,
        **kwargs: Any,  # noqa: ANN401 (Falcon's signature)
    ) -> dict[str, Responder]:
        """The responders of ``resource``, by method."""
        on_any: Responder | None = getattr(resource, "on_any", None)
        if on_any is not None:
            return _AnyMethod(on_any)
        responders: dict[str, Responder] = super().map_http_methods(resource, **kwargs)
        if "GET" in responders:
            responders.setdefault("HEAD", responders["GET"])
        return responders
