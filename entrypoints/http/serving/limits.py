"""What the server grants its clients: connections and time."""

from dataclasses import dataclass
from typing import Final

MAX_HEADER_BYTES: Final = 32 * 1024
MAX_HEADER_FIELDS: Final = 100
MAX_HELD_BYTES: Final = 8 * 1024 * 1024
"""Bytes of requests still being received that the server holds in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """The limits that a deployment sets; settings.py documents each."""

    connections: int = 1000
    connections_per_source: int | None = None
    request_seconds: float = 20.0
    keep_alive_seconds: float = 120.0
    stop_seconds: float = 25.0

    @property
    def share(self) -> int:
        """Connections of one source: half of all of them, unless the deployment says otherwise."""
        return self.connections_per_source or max(1, self.connections // 2)
