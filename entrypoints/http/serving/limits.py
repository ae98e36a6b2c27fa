"""The server's limits: connections, time, headers and memory."""

from dataclasses import dataclass
from typing import Final

MAX_HEADER_BYTES: Final = 32 * 1024
MAX_HEADER_FIELDS: Final = 100
MAX_BUFFERED_BYTES: Final = 8 * 1024 * 1024
"""How many bytes of incomplete requests the server holds in memory, of all connections together."""

MAX_UNREAD_BYTES: Final = 512 * 1024
"""How many bytes of a streamed answer wait in memory for a slow client. Then the thread that makes
the answer waits too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """The limits that a deployment sets; settings.py documents each."""

    connections: int = 1000
    connections_per_source: int | None = None
    request_seconds: float = 20.0
    keep_alive_seconds: float = 120.0
    stop_seconds: float = 25.0

    @property
    def source_limit(self) -> int:
        """How many connections one source may have: by default half of ``connections``."""
        return self.connections_per_source or max(1, self.connections // 2)
