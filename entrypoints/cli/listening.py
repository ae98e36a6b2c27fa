"""The error of a service that cannot listen at its address."""

import errno
from typing import Final

from .command import CommandFailedError

_REASONS: Final = {
    errno.EADDRINUSE: (
        "another program listens there. Stop it, or choose another port by --port or CUSTOMER_PORT"
    ),
    errno.EADDRNOTAVAIL: (
        "no network interface of this machine has that address. Choose another by --host or"
        " CUSTOMER_HOST"
    ),
    errno.EACCES: (
        "this user may not use that port. Choose one above 1023 by --port or CUSTOMER_PORT"
    ),
}


def explain_listen_error(error: OSError | ValueError, host: str, port: int) -> CommandFailedError:
    """An error that says in words why the service cannot listen at ``host`` and ``port``."""
    place = f"cannot listen on {f'[{host}]' if ':' in host else host}:{port}"
    if isinstance(error, OSError) and error.errno in _REASONS:
        return CommandFailedError(f"{place}: {_REASONS[error.errno]}")
    # waitress raises ValueError for a host name that cannot be resolved.
    reason = "this host is not known. Choose another by --host or CUSTOMER_HOST"
    return CommandFailedError(f"{place}: {reason} ({error})")
