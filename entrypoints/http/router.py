"""Maps methods to responders where Falcon does not: ``HEAD``, and resources for any method."""

from collections.abc import Callable
from typing import Any

from falcon.constants import COMBINED_METHODS
from falcon.routing import CompiledRouter

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
