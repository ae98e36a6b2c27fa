"""The system's limit of open files, and the connections that fit into it."""

import logging
import sys
from dataclasses import replace
from typing import Final

from .limits import ServerLimits

LOGGER: Final = logging.getLogger("cybershop_customer.start")

RESERVED_FILES: Final = 100
"""What the process opens besides: its log, its listeners, its connections to the store."""


def fit_open_files(limits: ServerLimits) -> ServerLimits:
    """Raise the process's limit of open files for ``limits``, or lower ``limits`` to it."""
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
        # macOS grants less than its hard limit says.
        allowed = soft
    if allowed >= needed:
        return limits
    # A part for the rest of the process, however small the limit.
    connections = max(allowed - RESERVED_FILES, allowed // 2, 1)
    LOGGER.warning(
        "CUSTOMER_CONNECTIONS is lowered from %d to %d: the process may open %d files only;"
        " raise that limit (ulimit -n, LimitNOFILE)",
        limits.connections,
        connections,
        allowed,
    )
    share = limits.connections_per_source
    return replace(
        limits,
        connections=connections,
        connections_per_source=None if share is None else min(share, connections),
    )
