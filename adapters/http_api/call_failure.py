"""The failure of an attempt."""

from dataclasses import dataclass
from enum import Enum, auto


class Retry(Enum):
    """Whether another attempt may help, and when."""

    AT_ONCE = auto()
    """A connection kept from an earlier request was closed. The service may well answer."""
    AFTER_PAUSE = auto()
    NEVER = auto()
    """The response would be the same, or the service said when to come back."""


@dataclass(frozen=True, slots=True)
class CallFailure:
    """The failure of an attempt to get a usable response."""

    cause: str
    """For the log. Never a text of the server, because that could repeat a secret."""
    retry: Retry = Retry.AFTER_PAUSE
    retry_after: int = 1
    """Seconds after which the caller may try again."""
    may_have_acted: bool = True
    """Whether the service may have received the request, and so have done what it asks."""
