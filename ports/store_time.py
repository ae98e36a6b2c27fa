"""What the store knows of the time, for a machine whose clock is wrong."""

from abc import abstractmethod
from datetime import datetime
from typing import Protocol


class StoreTime(Protocol):
    """Corrects this machine's clock by the store's, which all processes of a deployment share."""

    @abstractmethod
    def ensure_known(self) -> None:
        """Ask the store for the time, if this process could not correct its clock otherwise.

        That is rare: replies to other requests tell the time too.

        Raises:
            StoreUnavailableError: it does not answer.
            StoreFaultError: it refuses to answer.
        """

    @abstractmethod
    def correct(self, moment: datetime) -> datetime:
        """``moment``, just read from this machine's clock, corrected.

        It is unchanged if no reply of the store contradicts it.
        """
