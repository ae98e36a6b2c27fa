"""How long a call to DynamoDB may take."""

from dataclasses import dataclass
from typing import Self

from ..time_limit import checked_time_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """The limits of one call, in seconds, and how often it is tried.

    No attempt starts that could not end within ``time_limit``, the first excepted. So a call
    that meets only silence is tried twice with these values, and holds its thread for 6 of the
    7 seconds (more only where a reply trickles in byte by byte); a conflict or a throttled call
    is answered fast, and tried five times.
    """

    connect_timeout: float = 1
    read_timeout: float = 2
    attempts: int = 5
    time_limit: float = 7
    max_first_pause: float = 0.05
    """The pause after an attempt is random, up to this; and up to twice as long after each more
    (AWS Architecture Blog, "Exponential Backoff And Jitter": full jitter).
    """

    @classmethod
    def of_one_attempt(cls, time_limit: float) -> Self:
        """Limits under which one attempt that meets only silence takes all of ``time_limit``.

        Raises:
            SettingsError: the time limit is not valid.
        """
        seconds = checked_time_limit(time_limit)
        return cls(connect_timeout=seconds / 3, read_timeout=seconds * 2 / 3, time_limit=seconds)

    @property
    def max_attempt_seconds(self) -> float:
        """How long one attempt may take."""
        return self.connect_timeout + self.read_timeout

    def max_pause(self, attempt: int) -> float:
        """The upper end of the pause after the attempt of that number, from 1."""
        return self.max_first_pause * 2.0 ** (attempt - 1)
