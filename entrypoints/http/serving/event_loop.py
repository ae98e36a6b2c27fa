"""Waits for sockets. A connection on which nothing happens costs nothing."""

# The types that pyright brings for waitress are those of an older one.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any, Final

from waitress import wasyncore

Part = Any
"""A dispatcher of waitress: a listener, a connection, or what wakes the loop."""


class EventLoop:
    """waitress' own loop asks every connection at every turn what it waits for.

    It also takes an event for a closed connection for one of the connection that has its file
    descriptor by then, and closes that.
    """

    def __init__(self) -> None:
        self._selector: Final = DefaultSelector()
        self._watched: dict[Part, tuple[int, int]] = {}

    def watch(self, part: Part) -> None:
        """Wait for what ``part`` wants by now. Call it whenever that may have changed.

        ``part`` stays watched for reading while it is being served: most clients send nothing
        then, and two system calls are saved.
        """
        if part.socket is not None:
            self._set(part, _wanted(part) | self._events(part) & EVENT_READ)

    def forget(self, part: Part) -> None:
        """Stop waiting for ``part``, before it is closed."""
        self._set(part, 0)

    def turn(self, seconds: float) -> Iterator[Part]:
        """Wait at most ``seconds``, and let each part do what it is ready for. Yields those."""
        for key, ready in self._selector.select(seconds):
            part = key.data
            if part not in self._watched:
                # What came before in this turn has closed it.
                continue
            surplus = 0
            if ready & EVENT_READ:
                if part.readable():
                    wasyncore.read(part)
                else:
                    surplus = EVENT_READ
            if ready & EVENT_WRITE and part in self._watched and part.writable():
                wasyncore.write(part)
            if part in self._watched:
                self._set(part, _wanted(part) | self._events(part) & EVENT_READ & ~surplus)
            yield part

    def close(self) -> None:
        """Release the system's resources."""
        self._watched.clear()
        self._selector.close()

    def _events(self, part: Part) -> int:
        return self._watched[part][1] if part in self._watched else 0

    def _set(self, part: Part, events: int) -> None:
        if events == self._events(part):
            return
        if part not in self._watched:
            descriptor = part.socket.fileno()
            self._selector.register(descriptor, events, part)
        else:
            descriptor = self._watched[part][0]
            if events:
                self._selector.modify(descriptor, events, part)
            else:
                self._selector.unregister(descriptor)
        if events:
            self._watched[part] = (descriptor, events)
        else:
            del self._watched[part]


def _wanted(part: Part) -> int:
    reads = EVENT_READ if part.readable() else 0
    # A listener is never written to.
    writes = EVENT_WRITE if part.writable() and not part.accepting else 0
    return reads | writes
