"""The retry budget: where many requests fail, asking again only makes it worse."""

from threading import Lock
from typing import Final

# In tenths of a token, so that sums are exact.
_FULL: Final = 100
_COST: Final = 10
_EARNED: Final = 1


class RetryBudget:
    """Tokens as in gRPC's proposal A6, "Throttling Retry Attempts and Hedged RPCs".

    A failure costs one of ten, a success earns a tenth of one, and asking again needs more than
    half of them. So where all fails the retries stop after a few, and in the long run at most one
    request in ten is a retry.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens = _FULL

    def succeeded(self) -> None:
        """Note a request that was answered."""
        with self._lock:
            self._tokens = min(_FULL, self._tokens + _EARNED)

    def failed(self) -> bool:
        """Note a request that was not; whether it may be sent again."""
        with self._lock:
            self._tokens = max(0, self._tokens - _COST)
            return self._tokens > _FULL // 2
