"""The retry budget: it stops retries where many requests fail, so that they add no load."""

from threading import Lock
from typing import Final

# In tenths of a token, so that sums are exact.
_FULL: Final = 100
_COST: Final = 10
_EARNED: Final = 1


class RetryBudget:
    """Ten tokens, as in gRPC's proposal A6, "Throttling Retry Attempts and Hedged RPCs".

    A failure costs one token. A success earns a tenth of a token. A retry needs more than half of
    the tokens. So retries stop after a few failures, and in the long run at most one request in
    ten is a retry.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens = _FULL

    def succeeded(self) -> None:
        """Note a request that succeeded."""
        with self._lock:
            self._tokens = min(_FULL, self._tokens + _EARNED)

    def failed(self) -> bool:
        """Note a request that failed. Returns whether it may be sent again."""
        with self._lock:
            self._tokens = max(0, self._tokens - _COST)
            return self._tokens > _FULL // 2
