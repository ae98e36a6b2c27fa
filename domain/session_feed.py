"""The session change feed: the changes after which a cache must drop a customer's answers."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

RETENTION: Final = timedelta(hours=1)
"""How long a store keeps a change at least. An older cursor is refused."""


MAX_READ_AGE: Final = 60.0
"""The oldest read of the store that a follower may accept, in seconds."""


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A session of this customer ended early, or the roles or ``email_verified`` changed."""

    position: str
    """The place of the change in the feed: the ``position`` of its audit record."""
    customer_id: str
    part: int = field(default=0, compare=False, repr=False)
    """The part of the store that has the change; see ``SessionChangeLog.parts``."""


@dataclass(frozen=True, slots=True)
class SessionFeedPage:
    """Some changes, oldest first, and the cursor of the next page."""

    changes: tuple[SessionChange, ...]
    cursor: str
    complete: bool
    """Whether this page ends the round. If not, read the next page at once."""
    read_age: float = 0.0
    """How many seconds before the request the store was read. The page may miss later changes."""
