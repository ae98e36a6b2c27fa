"""What a store reports about the requests that it sends."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Protocol


class StoreObserver(Protocol):
    """Told of each request to a store that is another server. It must be quick and never raise."""

    @abstractmethod
    def note_attempt(self, operation: str, outcome: str, units: Mapping[str, float]) -> None:
        """Note an attempt that has ended.

        Args:
            operation: the store's operation, such as ``get_item``.
            outcome: ``ok``, or the kind of the failure, of which the store has few.
            units: the capacity units that the attempt consumed, by table. Empty if the reply does
                not say it.
        """

    @abstractmethod
    def note_retry(self, operation: str) -> None:
        """Note that a failed attempt is followed by another one."""
