"""Accepts connections.

At the limit of connections or of open files, the listener makes room or pauses, where waitress'
own listener would fail.
"""

# pyright has type stubs of an older waitress.
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
from .connection_manager import ConnectionManager
from .worker_threads import WorkerThreads

LOGGER: Final = logging.getLogger("cybershop_customer.http")

ACCEPT_PAUSE_SECONDS: Final = 0.1
"""How long the listener pauses when a connection cannot be accepted."""

_MAX_ACCEPTS: Final = 64
"""How many connections are accepted before the event loop serves others."""

_LOG_SECONDS: Final = 60.0
_OUT_OF_RESOURCES: Final = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))


class Listener(TcpWSGIServer):
    """Listens on one address as soon as it is constructed.

    Args:
        leaves_body_unread: whether a request to this path is answered without its body.
        shared: a listening socket that other processes accept from too; None for a new one.
    """

    channel_class = Connection

    def __init__(
        self,
        app: Callable[..., Any],
        handlers: dict[int, Any],
        adjustments: Adjustments,
        address: Any,  # noqa: ANN401 (waitress has no types)
        *,
        connections: ConnectionManager,
        workers: WorkerThreads,
        leaves_body_unread: Callable[[str], bool],
        shared: socket.socket | None = None,
    ) -> None:
        self.connections = connections
        self.leaves_body_unread = leaves_body_unread
        self._resume_at: float | None = None
        self._log_at = connections.clock()
        # Processes that share a socket take turns, so that each gets about as many connections.
        self._max_accepts = _MAX_ACCEPTS if shared is None else 1
        super().__init__(
            app,
            handlers,
            dispatcher=workers,
            adj=adjustments,
            sockinfo=address,
            _sock=shared,
            bind_socket=shared is None,
        )

    @property
    def is_paused(self) -> bool:
        """Whether new connections wait in the system's queue, because there is no room for them."""
        return self._resume_at is not None

    def resume_if_due(self) -> None:
        """Accept again if the pause is over."""
        if self._resume_at is not None and self.connections.clock() >= self._resume_at:
            self._resume_at = None

    def readable(self) -> bool:
        """Whether the event loop waits for new connections."""
        return bool(self.accepting) and not self.is_paused

    def handle_accept(self) -> None:
        """Accept waiting connections, ``_MAX_ACCEPTS`` at most, of a shared socket one."""
        for _ in range(self._max_accepts):
            if not self.accept_one():
                return

    def accept_one(self) -> bool:
        """Accept one connection. Returns whether another one may be waiting."""
        if not self.connections.can_admit:
            # All connections are being processed. After the pause one may be finished.
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
            # The client has disconnected already.
            sock.close()
            return True
        self.connections.admit(connection)
        return True

    def del_channel(self, map: dict[int, Any] | None = None) -> None:  # noqa: A002
        """Remove the listener from the event loop. waitress calls this before it closes."""
        self.connections.forget_listener(self)
        super().del_channel(map)

    def _accept(self) -> tuple[socket.socket, Any]:
        """Accept a connection. If the process or the system is out of files, evict one first."""
        try:
            return self._accept_socket()
        except OSError as error:
            if error.errno not in _OUT_OF_RESOURCES or not self.connections.evict():
                raise
            self._log(error)
            return self._accept_socket()

    def _accept_socket(self) -> tuple[socket.socket, Any]:
        listening: socket.socket = self.socket
        return listening.accept()

    def _pause(self) -> None:
        self._resume_at = self.connections.clock() + ACCEPT_PAUSE_SECONDS

    def _log(self, error: OSError) -> None:
        now = self.connections.clock()
        if now >= self._log_at:
            self._log_at = now + _LOG_SECONDS
            LOGGER.warning("no connection could be accepted: %s", error)
