"""Why the service cannot listen where it should, and what to do."""

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


def cannot_listen(error: OSError | ValueError, host: str, port: int) -> CommandFailedError:
    """What ``error`` means, in words."""
    place = f"cannot listen on {f'[{host}]' if ':' in host else host}:{port}"
    if isinstance(error, OSError) and error.errno in _REASONS:
        return CommandFailedError(f"{place}: {_REASONS[error.errno]}")
    # waitress says so of a name that cannot be looked up.
    reason = "this host is not known. Choose another by --host or CUSTOMER_HOST"
    return CommandFailedError(f"{place}: {reason} ({error})")
