"""Whether the store can serve."""

from abc import abstractmethod
from typing import Protocol


class StoreProbe(Protocol):
    """Asks the store whether it can serve, without changing anything."""

    @abstractmethod
    def probe(self) -> None:
        """Return if the store can serve.

        Raises:
            StoreUnavailableError: it does not answer, or a table is missing.
            StoreFaultError: it answers that something is wrong or not allowed.
        """
