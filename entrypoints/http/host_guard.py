"""Protects the demo from web pages that use DNS rebinding."""

import falcon

from ...domain.loopback import is_loopback
from .problem import MISDIRECTED_REQUEST, MessageError
from .serving.host_field import parse_host


class LoopbackHostGuard:
    """Falcon middleware that refuses a request unless its ``Host`` is a loopback name.

    An attacker can point the name of a web page at 127.0.0.1 (DNS rebinding). The browser then
    lets the page read the answers of services on this machine. But the browser sends the
    page's name in ``Host``, and so the guard refuses the request.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Raise MessageError unless ``Host`` is a loopback name."""
        name = parse_host(req.get_header("Host") or "")
        if name is None or not is_loopback(name):
            raise MessageError(
                MISDIRECTED_REQUEST,
                "This demo answers this machine alone. Use http://localhost or http://127.0.0.1;"
                " to serve other hosts, start it with another --host.",
            )
