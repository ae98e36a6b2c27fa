"""What came instead of an answer that can be used."""

from dataclasses import dataclass
from enum import Enum, auto


class Retry(Enum):
    """Whether to ask again, and when."""

    AT_ONCE = auto()
    """The connection was kept from an earlier request and is gone; the service need not be."""
    AFTER_PAUSE = auto()
    NEVER = auto()
    """The answer would be the same, or the service said when to come back."""


@dataclass(frozen=True, slots=True)
class CallFailure:
    """Why there is no answer, in words of this library: a stranger's may repeat a secret."""

    why: str
    retry: Retry = Retry.AFTER_PAUSE
    retry_after: int = 1
    """Seconds after which it may be worth to ask again."""
