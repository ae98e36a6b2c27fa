"""Asks the system whether a kept connection has something to read, without reading it."""

import select


def is_readable(descriptor: int) -> bool:
    """Whether the other side closed the connection of this file descriptor, or sent something."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])  # Windows has no poll.
