"""What the transports with threads and with asyncio have in common."""

from typing import Final

from ...domain.errors import FieldFault, SettingsError
from ..forking.fork_safe_lock import no_fork
from .call_failure import CallFailure, Retry
from .service_url import ServiceUrl

LONGEST_CONNECT: Final = 0.5
"""Seconds, to a service nearby."""
CLOSED: Final = CallFailure("this client is closed", Retry.NEVER, may_have_acted=False)


def own_headers(url: ServiceUrl) -> dict[str, str]:
    """The headers of every request to ``url``, unless a call has its own."""
    # This import takes 20 ms, so it is made with the first client and not with the module. A child
    # that was forked during an import would wait forever for its end.
    with no_fork:
        from importlib.metadata import version  # noqa: PLC0415

        own_version = version("cybershop-customer")
    return {
        "Host": url.authority,
        "User-Agent": f"cybershop-customer/{own_version}",
        "Accept": "application/json, application/problem+json",
        "Accept-Encoding": "identity",
    }


def checked_connections(connections: int) -> int:
    """Return the argument ``connections``.

    Raises:
        SettingsError: it is less than 1.
    """
    if connections < 1:
        raise SettingsError([FieldFault("connections", "must be 1 or more")])
    return connections
