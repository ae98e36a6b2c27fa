"""A session that servers of these tests may know, and what an error can show of it."""

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
"""What the service answers of the session that CONTEXT_ID opens."""


def refusal(reason: object, context_id: str = CONTEXT_ID) -> bytes:
    """What the service answers of a session that is not live."""
    session_id = ContextId.parse(context_id).session_id
    return problem(401, "session-refused", reason=reason, session_id=session_id)


def everything_shown_by(error: CustomerServiceError) -> str:
    """What a traceback, or whoever looks at each error behind ``error``, can show."""
    told = "".join(traceback.format_exception(error))
    behind: BaseException | None = error
    while behind is not None:
        told += f"{behind!r} {behind.args} {vars(behind)}"
        behind = behind.__cause__ or behind.__context__
    return told
