"""The probe of the store."""

from abc import abstractmethod
from typing import Protocol


class StoreProbe(Protocol):
    """Asks the store whether it can serve, without changing anything."""

    @abstractmethod
    def probe(self) -> None:
        """Return if the store can serve.

        Raises:
            StoreUnavailableError: the store does not answer, or a table is missing.
            StoreFaultError: the store refuses, and an operator has to fix it.
        """
