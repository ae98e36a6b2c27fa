"""The interpreter's time, sleep and random numbers, looked up at each call.

``def f(monotonic=time.monotonic)`` keeps the function of the import. A test library that freezes
the time replaces that function later, without effect on ``f``.
"""

import random
import time


def monotonic() -> float:
    """Seconds since an arbitrary moment. They never decrease."""
    return time.monotonic()


def epoch_seconds() -> float:
    """Seconds since 1970, by this machine's clock. It may be adjusted."""
    return time.time()


def sleep(seconds: float) -> None:
    """Wait for so many seconds."""
    time.sleep(seconds)


def uniform(low: float, high: float) -> float:
    """A random number from ``low`` to ``high``."""
    return random.uniform(low, high)  # noqa: S311 (no secret)
