"""A session, the service's answers about it, and the text that an error can show."""

import traceback
from typing import Final

from support.http.raw_server import problem

from cybershop_customer import ContextId, CustomerServiceError

CONTEXT_ID: Final = ContextId.new("zoe", bytes(range(32))).secret
SESSION_ID: Final = ContextId.parse(CONTEXT_ID).session_id
SESSION: Final = {
    "session_id": SESSION_ID,
    "customer_id": "zoe",
    "roles": ["admin", "buyer"],
    "issued_at": "2031-05-17T12:00:00.123456Z",
    "expires_at": "2031-05-17T12:30:00.123456Z",
}
"""The service's answer about the session of CONTEXT_ID."""


def refusal(reason: object, context_id: str = CONTEXT_ID) -> bytes:
    """The service's answer about a session that is not live."""
    session_id = ContextId.parse(context_id).session_id
    return problem(401, "session-refused", reason=reason, session_id=session_id)


def everything_shown_by(error: CustomerServiceError) -> str:
    """Everything that the traceback of ``error`` and of each error behind it can show."""
    shown = "".join(traceback.format_exception(error))
    behind: BaseException | None = error
    while behind is not None:
        shown += f"{behind!r} {behind.args} {vars(behind)}"
        behind = behind.__cause__ or behind.__context__
    return shown
