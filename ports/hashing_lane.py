"""Where passwords are hashed, so that they do not take the time of other requests."""

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

T = TypeVar("T")


class HashingPlace(Protocol):
    """A place in the lane. It is given back when its ``with`` block ends."""

    @abstractmethod
    def run(self, work: Callable[[], T]) -> T:
        """What ``work`` returns or raises. It waits until the lane has time for it.

        Raises:
            ServiceBusyError: no thread can do the work, or the lane was closed.
        """


class HashingLane(Protocol):
    """Admits a bounded number of password hashes at a time (OWASP ASVS 5.0, 15.1.3 and 15.2.2)."""

    @abstractmethod
    def enter(
        self, *, source: str | None, known_device: bool
    ) -> AbstractContextManager[HashingPlace]:
        """Take a place before anything is written or charged.

        Args:
            source: who asks, such as a network address; None if that is not known. While others
                wait, one source holds only a share of the places.
            known_device: whether the caller is on a device that the customer has used before, or
                is an admin or the operator. A part of the places is reserved for these.

        Raises:
            ServiceBusyError: there is no place now; it says when to try again.
        """

    @abstractmethod
    def close(self) -> None:
        """End the threads of this process. Calls of ``enter`` and ``run`` may then be refused."""
