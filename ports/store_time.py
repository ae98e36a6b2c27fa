"""The store's time, which corrects a machine's wrong clock."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class StoreTime(Protocol):
    """Corrects this machine's clock by the store's clock, which every process shares."""

    @abstractmethod
    def ensure_known(self) -> None:
        """Ask the store for the time, unless a recent reply has shown it.

        This is rare, since the reply to every other request shows the time too.

        Raises:
            StoreUnavailableError: the store does not answer.
            StoreFaultError: the store refuses.
        """

    @abstractmethod
    def correct(self, moment: datetime) -> datetime:
        """``moment``, read from this machine's clock at the time of the call, corrected.

        ``moment`` is unchanged if no reply of the store contradicts it.
        """
