"""The members that JSON objects of this service have in common, each with its meaning."""

import re
from typing import Annotated, Final

from ..domain.device import DEVICE_TOKEN
from ..domain.fields import CUSTOMER_ID
from ..domain.session import CONTEXT_ID, SESSION_ID
from .json_shape import Shown

A_SECRET: Final = "pW3rJx0aVYl1bSg7k2Q9TqHnUe5CzD8mLfXo4iKyBtE"  # noqa: S105 (opens nothing)
A_SESSION_ID: Final = "Nq3Vx0xk2JmB5oO8y1c7Wg"
A_TIME: Final = "2026-01-31T12:00:00.000000Z"


def whole(pattern: re.Pattern[str]) -> dict[str, object]:
    """The rule that a text matches ``pattern`` from its first to its last character."""
    return {"pattern": f"^{pattern.pattern}$"}


CustomerIdText = Annotated[str, Shown("The id of the customer.", "zoe", whole(CUSTOMER_ID))]
AuditNameText = Annotated[str, Shown("A `customer_id`, or `-` for no customer.", "zoe")]
TimeText = Annotated[
    str, Shown("A time of RFC 3339, in UTC, with six decimals.", A_TIME, {"format": "date-time"})
]
SessionIdText = Annotated[
    str,
    Shown("Names the session without opening it.", A_SESSION_ID, whole(SESSION_ID)),
]
ContextIdText = Annotated[
    str,
    Shown("Opens the session. A secret.", f"{A_SECRET}.zoe", whole(CONTEXT_ID)),
]
DeviceTokenText = Annotated[
    str,
    Shown("Makes the device of the login a known one. A secret.", A_SECRET, whole(DEVICE_TOKEN)),
]
EmailVerified = Annotated[
    bool, Shown("Whether the customer has proven the present e-mail address.", example=False)
]
RoleText = Annotated[str, Shown("A role of the customer.", "admin")]
MessageText = Annotated[str, Shown("What happened, for a person.", "Done.")]
SourceText = Annotated[
    str | None,
    Shown(
        "The client's network address: an IPv4 address, or the /64 network of an IPv6 address."
        " `null` if it is not known.",
        "192.0.2.7",
    ),
]
UserAgentText = Annotated[
    str | None,
    Shown("What the client's program called itself. `null` if it is not known.", "Firefox/150"),
]
