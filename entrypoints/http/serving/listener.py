"""Accepts connections, even when there are too many."""

# The types that pyright brings for waitress are those of an older one.
# pyright: reportArgumentType=false, reportAssignmentType=false
# pyright: reportAttributeAccessIssue=false, reportIncompatibleMethodOverride=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false

import errno
import logging
import socket
from collections.abc import Callable
from typing import Any, Final

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from .connection import Connection
from .connections import Connections
from .worker_threads import WorkerThreads

LOGGER: Final = logging.getLogger("cybershop_customer.http")

PAUSE_SECONDS: Final = 0.1
_ACCEPTS_A_TURN: Final = 64
_LOG_SECONDS: Final = 60.0
_EXHAUSTED: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class Listener(TcpWSGIServer):
    """Listens on one address from the moment it is made."""

    channel_class = Connection

    def __init__(
        self,
        app: Callable[..., Any],
        parts: dict[int, Any],
        adjustments: Adjustments,
        address: Any,  # noqa: ANN401 (waitress has no types)
        *,
        connections: Connections,
        workers: WorkerThreads,
    ) -> None:
        self.connections = connections
        self._resume_at: float | None = None
        self._log_at = connections.clock()
        super().__init__(app, parts, dispatcher=workers, adj=adjustments, sockinfo=address)

    @property
    def paused(self) -> bool:
        """Whether it lets clients wait, since there is no room for them."""
        return self._resume_at is not None

    def resume_if_due(self) -> None:
        """Accept again after a pause."""
        if self._resume_at is not None and self.connections.clock() >= self._resume_at:
            self._resume_at = None

    def readable(self) -> bool:
        """Whether to wait for new connections."""
        return bool(self.accepting) and not self.paused

    def handle_accept(self) -> None:
        """Accept the connections that wait, some at a time."""
        for _ in range(_ACCEPTS_A_TURN):
            if not self.accept_one():
                return

    def accept_one(self) -> bool:
        """Accept one connection. Returns whether there may be another one."""
        if not self.connections.can_admit:
            # All are being served, and soon one is not.
            self._pause()
            return False
        try:
            sock, address = self._accept()
        except BlockingIOError:
            return False
        except ConnectionAbortedError:
            return True
        except OSError as error:
            self._pause()
            self._log(error)
            return False
        try:
            self.set_socket_options(sock)
            connection = self.channel_class(self, sock, address, self.adj, self._map)
        except OSError:
            # The client is gone already.
            sock.close()
            return True
        self.connections.admit(connection)
        return True

    def del_channel(self, map: dict[int, Any] | None = None) -> None:  # noqa: A002
        """Take it out of the event loop's care: it is about to be closed."""
        self.connections.forget_listener(self)
        super().del_channel(map)

    def _accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection; where the process has too many open files, close an idle one."""
        try:
            return self._accept_socket()
        except OSError as error:
            if error.errno not in _EXHAUSTED or not self.connections.evict():
                raise
            self._log(error)
            return self._accept_socket()

    def _accept_socket(self) -> tuple[socket.socket, Any]:
        listening: socket.socket = self.socket
        return listening.accept()

    def _pause(self) -> None:
        self._resume_at = self.connections.clock() + PAUSE_SECONDS

    def _log(self, error: OSError) -> None:
        now = self.connections.clock()
        if now >= self._log_at:
            self._log_at = now + _LOG_SECONDS
            LOGGER.warning("no connection could be accepted: %s", error)
