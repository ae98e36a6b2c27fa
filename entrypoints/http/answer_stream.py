"""An answer that is made while it is sent, and how many of them may be sent at a time."""

import logging
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Final

from ...adapters.current_trace import current_trace_id
from ...adapters.forking.fork_safe_lock import ForkSafeLock
from ...adapters.runtime import monotonic
from ...domain.errors import CustomerServiceError, ServiceBusyError

LOGGER: Final = logging.getLogger("cybershop_customer.http")

RETRY_SECONDS: Final = 10
"""When a client that finds no place may try again."""


class AnswerCutShortError(Exception):
    """An answer that has begun cannot be finished. The log has the reason already.

    The server then closes the connection without the end of the answer, so that the client does
    not take a part for the whole.
    """


class StreamPlaces:
    """The right to send a streamed answer: at most ``count`` at a time, for ``seconds`` each.

    Each such answer holds a request thread until the client has read almost all of it. Without a
    limit, a few slow clients could hold all threads. A place ends by itself, in case a server
    forgets to close an answer.

    Args:
        count: places in this process.
        seconds: how long an answer may hold its place.
        clock: the time in seconds, from any start.
    """

    def __init__(self, count: int, seconds: float, clock: Callable[[], float] = monotonic) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._lock = ForkSafeLock()
        self._ends: dict[object, float] = {}

    def take(self) -> "StreamPlace":
        """A place.

        Raises:
            ServiceBusyError: every place is taken.
        """
        place = StreamPlace(self)
        with self._lock:
            now = self._clock()
            self._ends = {each: end for each, end in self._ends.items() if end > now}
            if len(self._ends) >= self._count:
                raise ServiceBusyError(RETRY_SECONDS)
            self._ends[place] = now + self._seconds
        return place

    def holds(self, place: "StreamPlace") -> bool:
        """Whether the time of ``place`` is not over."""
        with self._lock:
            return self._ends.get(place, 0.0) > self._clock()

    def release(self, place: "StreamPlace") -> None:
        """Give ``place`` back, if it is not given back yet."""
        with self._lock:
            self._ends.pop(place, None)


class StreamPlace:
    """One place of ``StreamPlaces``."""

    def __init__(self, places: StreamPlaces) -> None:
        self._places = places

    @property
    def is_valid(self) -> bool:
        """Whether its time is not over."""
        return self._places.holds(self)

    def release(self) -> None:
        """Give it back."""
        self._places.release(self)


class AnswerStream:
    """The parts of a streamed answer, as a WSGI server takes them. It holds ``place`` until closed.

    Each step raises AnswerCutShortError, and logs the reason once, if a part cannot be made or the
    client has read too slowly.
    """

    def __init__(self, parts: Iterator[bytes], *, place: StreamPlace, request_id: str) -> None:
        self._parts = parts
        self._place = place
        self._extra = {"request_id": request_id, "trace_id": current_trace_id()}
        # The parts are made after the request has ended. What they log still belongs to it.
        self._context = copy_context()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._place.is_valid:
            LOGGER.warning(
                "an answer was cut short: the client read it too slowly", extra=self._extra
            )
            raise AnswerCutShortError
        try:
            return self._context.run(next, self._parts)
        except StopIteration:
            self.close()
            raise
        except CustomerServiceError as error:
            # The state of the store explains it; a trace of this code does not help.
            LOGGER.error("an answer was cut short: %s", error, extra=self._extra)  # noqa: TRY400
        except Exception:
            LOGGER.exception("an answer was cut short", extra=self._extra)
        self.close()
        raise AnswerCutShortError

    def close(self) -> None:
        """Release the place. A WSGI server calls this after the last part, and if it gives up."""
        self._place.release()
