"""The login throttle over HTTP."""

import falcon

from ..services import Services
from .credentials import require_session
from .target_customer import read_id_message


class ThrottleResource:
    """``/api/v1/customer/{customer_id}/throttle``, for admins."""

    def __init__(self, services: Services) -> None:
        self._throttle = services.throttle
        self._session_check = services.session_check

    def on_delete(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Unlock a customer whose failed logins have used up a budget."""
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        self._throttle.unlock(customer_id, actor=actor, found=faults)
        req.context.target = customer_id
        resp.media = {"customer_id": customer_id, "message": "Customer unlocked."}
