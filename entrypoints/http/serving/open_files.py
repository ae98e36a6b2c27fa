"""Fits the number of connections into the system's limit of open files.

Each connection needs one open file.
"""

import logging
import sys
from dataclasses import replace
from typing import Final

from .limits import ServerLimits

LOGGER: Final = logging.getLogger("cybershop_customer.start")

RESERVED_FILES: Final = 100
"""Files for the log, the listeners and the connections to the store."""


def fit_open_files(limits: ServerLimits) -> ServerLimits:
    """Raise the limit of open files for ``limits``. Returns lower limits if that is refused."""
    if sys.platform == "win32":
        return limits
    import resource  # noqa: PLC0415 (Windows has none)

    needed = limits.connections + RESERVED_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return limits
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
    except (OSError, ValueError):
        # macOS may refuse a limit below its hard limit.
        allowed = soft
    if allowed >= needed:
        return limits
    # Even a very small limit is shared between connections and the other files.
    connections = max(allowed - RESERVED_FILES, allowed // 2, 1)
    LOGGER.warning(
        "CUSTOMER_CONNECTIONS is lowered from %d to %d: the process may open only %d files;"
        " raise that limit (ulimit -n, LimitNOFILE)",
        limits.connections,
        connections,
        allowed,
    )
    per_source = limits.connections_per_source
    return replace(
        limits,
        connections=connections,
        connections_per_source=None if per_source is None else min(per_source, connections),
    )
