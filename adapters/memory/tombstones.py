"""The ids of deleted customers, while no one else may get them."""

from datetime import datetime
from itertools import islice
from typing import Final

_MAX_REMOVED: Final = 1000
"""The most old tombstones that one deletion removes, so that it holds the lock only briefly."""


class Tombstones:
    """When each id is free. Those that have ended are removed with a later deletion."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}
        """In the order of the deletions, which is that of the ends unless the retention changes."""

    def __len__(self) -> int:
        return len(self._until)

    def add(self, customer_id: str, until: datetime, now: datetime) -> None:
        """Keep ``customer_id`` until then. The caller holds the lock."""
        for old_id, end in list(islice(self._until.items(), _MAX_REMOVED)):
            if end > now:
                break
            del self._until[old_id]
        self.remove(customer_id)
        self._until[customer_id] = until

    def remove(self, customer_id: str) -> None:
        """Forget a tombstone, if there is one. The caller holds the lock."""
        self._until.pop(customer_id, None)

    def keeps_id(self, customer_id: str, *, now: datetime, reuse: bool) -> bool:
        """Whether a tombstone keeps a new customer from having the id."""
        until = self._until.get(customer_id)
        return until is not None and not reuse and until > now
