"""How many retries there may be altogether, so that they never become a storm."""

from threading import Lock
from typing import Final

_MOST: Final = 10.0
_REFILL: Final = 0.1


class RetryBudget:
    """Retry throttling as gRPC does it (gRFC A6): tokens that failures use up.

    Each failure takes a token, each success brings a tenth of one, and there are retries only
    while more than half of ten tokens are left: where most calls fail, hardly any is repeated.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens = _MOST

    def succeeded(self) -> None:
        """A call was answered."""
        if self._tokens < _MOST:
            with self._lock:
                self._tokens = min(_MOST, self._tokens + _REFILL)

    def failed(self) -> bool:
        """A call was not. Whether it may be repeated."""
        with self._lock:
            self._tokens = max(0.0, self._tokens - 1)
            return self._tokens > _MOST / 2
