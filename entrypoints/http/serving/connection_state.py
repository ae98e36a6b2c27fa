"""The states of a connection, in the order of eviction."""

from enum import IntEnum


class ConnectionState(IntEnum):
    """What a connection is doing. The server evicts a connection in a lower state first."""

    LINGERING = 0
    """The last answer is sent, and the client has not closed the connection yet."""
    IDLE = 1
    """No request has begun, and every answer is sent."""
    RECEIVING = 2
    """A part of a request has arrived."""
    SENDING = 3
    """A part of an answer waits until the client reads."""
    PROCESSING = 4
    """A worker thread serves a request, or a request waits for a thread. Never evicted."""
