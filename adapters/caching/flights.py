"""Single flight: whoever asks what is being asked already waits for that answer."""

from collections.abc import Callable
from threading import Event, Lock

from ...domain.errors import CheckerUnavailableError
from .answer import Answer


class Flight:
    """One check on its way."""

    def __init__(self, began: float) -> None:
        self.began = began
        """When it began, in monotonic seconds."""
        self.answer: Answer | None = None
        self.error: CheckerUnavailableError | None = None
        self.landed = Event()


class Flights:
    """The checks on their way, one for each ``session_id`` at the most that others may join."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._flights: dict[str, Flight] = {}

    def board(self, session_id: str, may_join: Callable[[float], bool]) -> tuple[Flight, bool]:
        """A flight to wait for, or a new one for the caller to fly; and whether it is new.

        ``may_join`` says of the time at which a flight began whether its answer will do.
        """
        with self._lock:
            flight = self._flights.get(session_id)
            if flight is not None and may_join(flight.began):
                return flight, False
            flight = self._flights[session_id] = Flight(self._monotonic())
            return flight, True

    def land(self, session_id: str, flight: Flight) -> None:
        """Let those go on who wait for ``flight``; what it brings stands in it by now."""
        with self._lock:
            # A later one may have taken its place, for those who could not join it.
            if self._flights.get(session_id) is flight:
                del self._flights[session_id]
        flight.landed.set()
