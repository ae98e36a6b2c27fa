"""Which requests go before the others when all request threads are busy."""

from typing import Final

from .app import BASE
from .health_resource import PROBES

_SESSION: Final = f"{BASE}/session"


def goes_first(path: str) -> bool:
    """Whether this is the path of a session check or a probe.

    Other services make a session check for each of their requests. The session change feed does
    not go first: one read of it can take seconds.
    """
    path = path.rstrip("/")
    if path in PROBES:
        return True
    below_session = path == _SESSION or path.startswith(f"{_SESSION}/")
    return below_session and path != f"{_SESSION}/feed"
