"""The path of the gate, and a guard against a server that changes it."""

from typing import Final

import falcon

GATE: Final = "/api/v1/customer/session/authorize"

_BELOW: Final = f"{GATE}/"


def is_gate_path(path: str) -> bool:
    """Whether this is the path of the gate, or below it."""
    return path == GATE or path.startswith(_BELOW)


class GatePathGuard:
    """Falcon middleware that refuses a request to the gate whose path the server has changed.

    Envoy appends the path of its client, such as ``/../../health``. uWSGI removes dot segments
    (RFC 3986, 5.2.4), so the request would reach ``/api/v1/customer/health``, whose 200 would let
    the client pass. ``REQUEST_URI`` has the path as it was sent.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Raise HTTPBadRequest if only the sent path is the gate's."""
        sent, _, _ = (req.env.get("REQUEST_URI") or "").partition("?")
        if _BELOW in sent and not is_gate_path(req.path):
            raise falcon.HTTPBadRequest(
                description="The path leaves the gate by its dot segments. Send it without them."
            )
