"""The gate: says to a gateway, such as nginx, whether a request may pass, and whose it is."""

import falcon

from ...domain.audit import rfc3339
from ...domain.errors import ForbiddenError
from ..services import Services
from .credentials import require_session
from .operation import Parameter, Tag, operation


class AuthorizeResource:
    """``/api/v1/customer/session/authorize`` and every path below it, with any method.

    A gateway sends the header Authorization of its client, and perhaps the client's method and
    path. The gate reads only that header and the query, never a body: most gateways keep the body
    back, and some still send its Content-Length.
    """

    def __init__(self, services: Services) -> None:
        self._session_check = services.session_check

    @operation(
        "authorize",
        Tag.SERVICES,
        parameters=(
            Parameter(
                "role",
                "A role that is required. Several are each required.",
                {"type": "array", "items": {"type": "string"}},
            ),
        ),
        headers={
            "X-Customer-Id": "The id of the customer.",
            "X-Customer-Roles": "The roles, with commas between them.",
            "X-Customer-Session-Expires": "When the session expires.",
        },
        problems=(ForbiddenError,),
    )
    def on_any(self, req: falcon.Request, resp: falcon.Response, **_path: str) -> None:
        """Check the session, and each role that the query requires.

        All three headers are always there. A gateway that copies them then replaces those of its
        client, also if the customer has no role.
        """
        session = require_session(req, self._session_check)
        # An empty role requires nothing. Envoy appends its client's query, so there may be
        # several: each is required, and a client cannot lift the gateway's.
        for role in filter(None, req.get_param_as_list("role") or ()):
            session.require(role)
        resp.set_header("X-Customer-Id", session.customer_id)
        resp.set_header("X-Customer-Roles", ",".join(sorted(session.roles)))
        resp.set_header("X-Customer-Session-Expires", rfc3339(session.expires_at))
