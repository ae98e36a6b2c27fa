"""The login throttle over HTTP."""

import falcon

from ...domain.errors import CustomerNotFoundError, ForbiddenError
from ..services import Services
from .answers import ChangeAnswer
from .credentials import require_session
from .operation import Tag, operation
from .target_customer import ID_MESSAGE, read_id_message


class ThrottleResource:
    """``/api/v1/customer/{customer_id}/throttle``, for admins."""

    def __init__(self, services: Services) -> None:
        self._throttle = services.throttle
        self._session_check = services.session_check

    @operation(
        "unlock",
        Tag.ADMIN,
        ChangeAnswer,
        body=ID_MESSAGE,
        problems=(ForbiddenError, CustomerNotFoundError),
    )
    def on_delete(self, req: falcon.Request, resp: falcon.Response, customer_id: str) -> None:
        """Unlock a customer whose failed logins have used up a budget."""
        actor = require_session(req, self._session_check)
        faults = read_id_message(req, customer_id).faults
        self._throttle.unlock(customer_id, actor=actor, found=faults)
        req.context.target = customer_id
        answer: ChangeAnswer = {"customer_id": customer_id, "message": "Customer unlocked."}
        resp.media = answer
