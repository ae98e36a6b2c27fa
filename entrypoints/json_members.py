"""The members that JSON objects of this service have in common, each with its meaning."""

import re
from typing import Annotated, Final

from ..domain.device import DEVICE_TOKEN
from ..domain.fields import CUSTOMER_ID
from ..domain.session import CONTEXT_ID, SESSION_ID
from .json_shape import Member

EXAMPLE_SECRET: Final = "pW3rJx0aVYl1bSg7k2Q9TqHnUe5CzD8mLfXo4iKyBtE"  # noqa: S105 (opens nothing)
EXAMPLE_SESSION_ID: Final = "Nq3Vx0xk2JmB5oO8y1c7Wg"
EXAMPLE_TIME: Final = "2026-01-31T12:00:00.000000Z"


def whole_pattern(pattern: re.Pattern[str]) -> dict[str, object]:
    """The rule that a text matches ``pattern`` from its first to its last character."""
    return {"pattern": f"^{pattern.pattern}$"}


CustomerIdText = Annotated[
    str, Member("The id of the customer.", "zoe", whole_pattern(CUSTOMER_ID))
]
AuditNameText = Annotated[str, Member("A `customer_id`, or `-` for no customer.", "zoe")]
TimeText = Annotated[
    str,
    Member("A time of RFC 3339, in UTC, with six decimals.", EXAMPLE_TIME, {"format": "date-time"}),
]
SessionIdText = Annotated[
    str,
    Member("Names the session without opening it.", EXAMPLE_SESSION_ID, whole_pattern(SESSION_ID)),
]
ContextIdText = Annotated[
    str,
    Member("Opens the session. A secret.", f"{EXAMPLE_SECRET}.zoe", whole_pattern(CONTEXT_ID)),
]
DeviceTokenText = Annotated[
    str,
    Member(
        "Makes the device of the login a known one. A secret.",
        EXAMPLE_SECRET,
        whole_pattern(DEVICE_TOKEN),
    ),
]
EmailVerified = Annotated[
    bool, Member("Whether the customer has proven the present e-mail address.", example=False)
]
RoleText = Annotated[str, Member("A role of the customer.", "admin")]
MessageText = Annotated[str, Member("What happened, for a person.", "Done.")]
SourceText = Annotated[
    str | None,
    Member(
        "The client's network address: an IPv4 address, or the /64 network of an IPv6 address."
        " `null` if it is not known.",
        "192.0.2.7",
    ),
]
UserAgentText = Annotated[
    str | None,
    Member("What the client's program called itself. `null` if it is not known.", "Firefox/150"),
]
