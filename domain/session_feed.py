"""The feed of ended sessions: what whoever remembers the answers of session checks must forget."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

RETENTION: Final = timedelta(hours=1)
"""How long a store keeps a change at the least; a cursor may be no older."""


@dataclass(frozen=True, slots=True)
class SessionChange:
    """Some session of this customer ended before its time, or the customer's roles changed."""

    position: str
    """Where it stands in the feed: ``AuditRecord.position`` of the change."""
    customer_id: str


@dataclass(frozen=True, slots=True)
class SessionFeedPage:
    """Some changes, oldest first, and the cursor with which to read on."""

    changes: tuple[SessionChange, ...]
    cursor: str
    complete: bool
    """Whether this was all there is, and the round ends; if not, read on at once."""
