"""What a bcrypt hash costs."""

from typing import Final

_TURN_SECONDS: Final = 60e-6


def estimated_seconds(rounds: int) -> float:
    """About how long one hash of this cost takes on a common processor, in seconds."""
    return float(_TURN_SECONDS * 2**rounds)
