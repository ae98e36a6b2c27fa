"""The interpreter's time, pause and randomness, looked up at each call.

``def f(monotonic=time.monotonic)`` keeps the function that was there at import. A library that
freezes or moves the time in tests replaces that function later, and would not be heard.
"""

import random
import time


def monotonic() -> float:
    """Seconds since some moment, which never go back."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Pause."""
    time.sleep(seconds)


def uniform(low: float, high: float) -> float:
    """A random number between the two."""
    return random.uniform(low, high)  # noqa: S311 (no secret)
