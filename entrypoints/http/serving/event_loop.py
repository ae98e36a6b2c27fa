"""Waits for sockets, and lets waitress read and write the sockets that are ready.

waitress' own loop asks every connection in every iteration what it waits for, so idle connections
cost time. It can also apply an event of a closed connection to the new connection that has
the same file descriptor. This loop has neither fault.
"""

# pyright has type stubs of an older waitress.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterator
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import Any, Final

from waitress import wasyncore

Handler = Any
"""A waitress dispatcher: a listener, a connection, or the trigger that wakes the loop."""


class EventLoop:
    """Waits only for the events that a handler wants."""

    def __init__(self) -> None:
        self._selector: Final = DefaultSelector()
        self._watched: dict[Handler, tuple[int, int]] = {}

    def watch(self, handler: Handler) -> None:
        """Wait for the events that ``handler`` wants now. Call it whenever these may have changed.

        The loop goes on waiting to read a connection while its request is processed. Most clients
        send nothing then, so this saves two system calls for each request.
        """
        if handler.socket is not None:
            self._set(handler, _wanted(handler) | self._events(handler) & EVENT_READ)

    def forget(self, handler: Handler) -> None:
        """Stop waiting for ``handler``. Call it before the handler is closed."""
        self._set(handler, 0)

    def run_once(self, seconds: float) -> Iterator[Handler]:
        """Wait at most ``seconds``, and call the handlers that are ready. Yields each of them."""
        for key, ready in self._selector.select(seconds):
            handler = key.data
            if handler not in self._watched:
                # An earlier handler of this iteration has closed it.
                continue
            unwanted = 0
            if ready & EVENT_READ:
                if handler.readable():
                    wasyncore.read(handler)
                else:
                    unwanted = EVENT_READ
            if ready & EVENT_WRITE and handler in self._watched and handler.writable():
                wasyncore.write(handler)
            if handler in self._watched:
                kept = self._events(handler) & EVENT_READ & ~unwanted
                self._set(handler, _wanted(handler) | kept)
            yield handler

    def close(self) -> None:
        """Close the selector."""
        self._watched.clear()
        self._selector.close()

    def _events(self, handler: Handler) -> int:
        return self._watched[handler][1] if handler in self._watched else 0

    def _set(self, handler: Handler, events: int) -> None:
        if events == self._events(handler):
            return
        if handler not in self._watched:
            descriptor = handler.socket.fileno()
            self._selector.register(descriptor, events, handler)
        else:
            descriptor = self._watched[handler][0]
            if events:
                self._selector.modify(descriptor, events, handler)
            else:
                self._selector.unregister(descriptor)
        if events:
            self._watched[handler] = (descriptor, events)
        else:
            del self._watched[handler]


def _wanted(handler: Handler) -> int:
    reads = EVENT_READ if handler.readable() else 0
    # The server never writes to a listener.
    writes = EVENT_WRITE if handler.writable() and not handler.accepting else 0
    return reads | writes
