"""Answers requests that name this machine alone, and no others."""

import falcon

from ...domain.loopback import is_loopback
from .problem import MISDIRECTED_REQUEST, MessageError
from .serving.host_field import parse_host


class LoopbackHosts:
    """Falcon middleware. It refuses a request whose ``Host`` is not a name of loopback.

    A web page may let its own name point at 127.0.0.1 (DNS rebinding). The browser then lets it
    read what a service there answers, which is the demo's with its well-known admin. But the
    browser also names that page's host.
    """

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:  # noqa: ARG002
        """Refuse the request unless it names loopback."""
        name = parse_host(req.get_header("Host") or "")
        if name is None or not is_loopback(name):
            raise MessageError(
                MISDIRECTED_REQUEST,
                "This demo answers this machine alone. Use http://localhost or http://127.0.0.1;"
                " to serve other hosts, start it with another --host.",
            )
