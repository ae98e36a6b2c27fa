"""Work that is done after the answer to a request."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol


class Background(Protocol):
    """Does work later, in bounded room, so that no answer waits for it.

    Work that a process has accepted is lost if the process is killed.
    """

    @abstractmethod
    def submit(self, name: str, work: Callable[[], None]) -> bool:
        """Accept ``work``, and return at once; or return False if there is no room.

        An error that ``work`` raises is logged with ``name`` and with the number of failures so
        far, and raised to no one. Work that is refused is logged too. ``name`` says what the work
        does, without personal data.
        """

    @abstractmethod
    def close(self, wait_seconds: float) -> None:
        """Finish the accepted work of this process, within ``wait_seconds``. Log what is left."""
