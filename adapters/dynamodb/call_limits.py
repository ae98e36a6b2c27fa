"""How long a call to DynamoDB may take."""

from dataclasses import dataclass


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

    @property
    def max_attempt_seconds(self) -> float:
        """How long one attempt may take."""
        return self.connect_timeout + self.read_timeout

    def max_pause(self, attempt: int) -> float:
        """The upper end of the pause after the attempt of that number, from 1."""
        return self.max_first_pause * 2.0 ** (attempt - 1)
