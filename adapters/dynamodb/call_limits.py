"""How long a call to DynamoDB may take, and how many attempts it may make."""

from dataclasses import dataclass
from typing import Self

from ..time_limit import checked_time_limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """The limits of one call. Times are in seconds.

    A further attempt starts only if it can end within ``time_limit``. So, with the default values,
    a call without any reply makes two attempts, and holds its thread for 6 of the 7 seconds. With
    botocore's client a reply that arrives byte by byte takes longer. A conflict or a throttled call
    gets a fast reply, so five attempts fit in.
    """

    connect_timeout: float = 1
    read_timeout: float = 2
    attempts: int = 5
    time_limit: float = 7
    max_first_pause: float = 0.05
    """The longest pause after the first attempt. Each pause is random, and the longest one doubles
    with each attempt (AWS Architecture Blog, "Exponential Backoff And Jitter": full jitter).
    """

    @classmethod
    def of_one_attempt(cls, time_limit: float) -> Self:
        """Limits under which one attempt without any reply takes all of ``time_limit``.

        Raises:
            SettingsError: the time limit is not valid.
        """
        seconds = checked_time_limit(time_limit)
        return cls(connect_timeout=seconds / 3, read_timeout=seconds * 2 / 3, time_limit=seconds)

    @property
    def max_attempt_seconds(self) -> float:
        """How long one attempt may take."""
        return self.connect_timeout + self.read_timeout

    @property
    def use_case_limit(self) -> float:
        """How long all calls of one use case may take together. It counts from the first one."""
        return 2 * self.time_limit + 1

    def max_pause(self, attempt: int) -> float:
        """The longest pause after ``attempt``, which counts from 1."""
        return self.max_first_pause * 2.0 ** (attempt - 1)
