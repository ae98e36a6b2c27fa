"""Time that also passes while this process is frozen."""

from collections.abc import Callable
from typing import Final

from ..runtime import epoch_seconds, monotonic

_TOLERANCE: Final = 0.1
"""Seconds by which the two clocks may disagree at one reading, without a freeze."""


class ElapsedTime:
    """Seconds since an arbitrary moment. They never decrease.

    A platform may freeze a process between two requests. AWS Lambda does, and does not say whether
    the monotonic clock runs meanwhile. An answer in a cache must not stay fresh for the length of
    the freeze. So this takes the monotonic clock, and adds each advance that the wall clock makes
    against it.

    An adjustment of the wall clock can only make the time pass faster, so that a cache asks too
    early and not too late.

    Args:
        monotonic: seconds that never decrease, but may stand still.
        wall: seconds since the epoch. They may be adjusted.
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = monotonic,
        wall: Callable[[], float] = epoch_seconds,
    ) -> None:
        self._monotonic = monotonic
        self._wall = wall
        self._known_wall = float("-inf")
        # The wall clock minus the monotonic clock, and the seconds that were added so far. One
        # assignment replaces both. So threads need no lock: a pair that is a moment old makes the
        # next call add the same advance again.
        self._state = (wall() - monotonic(), 0.0)

    def note_wall_time(self, seconds: float) -> None:
        """Take the word of another machine that it is this time of the epoch, or later.

        It counts if this machine's wall clock is behind, for example because it was frozen too.
        """
        self._known_wall = max(self._known_wall, seconds)

    def seconds(self) -> float:
        """The time now."""
        known_offset, added = self._state
        now = self._monotonic()
        offset = max(self._wall(), self._known_wall) - now
        if offset > known_offset:
            added += offset - known_offset
            self._state = (offset, added)
        elif offset < known_offset - _TOLERANCE:
            # The wall clock was set back. The next freeze counts from here.
            self._state = (offset, added)
        return now + added
