"""Keeps open connections to one host, for all threads of a process."""

import ssl
from collections import deque
from collections.abc import Sequence
from typing import Final
from weakref import finalize

from .connection import Address, Connection, NotConnectedError


class ConnectionPool:
    """The open connections of one process. A forked child needs its own pool.

    Args:
        host: the name for which a TLS handshake is made.
        context: for TLS; None for connections without it.
        connections: how many connections to keep open. Each further thread opens a new connection
            for each request.
    """

    def __init__(self, host: str, *, context: ssl.SSLContext | None, connections: int) -> None:
        # A dot after the name keeps the resolver from its search domains. Certificates omit it.
        self._host = host.rstrip(".")
        self._context = context
        self._connections: Final = connections
        self._closed = False
        self._tls_session: ssl.SSLSession | None = None
        # The newest is last. Append and pop are atomic, so threads need no lock.
        self._kept: deque[Connection] = deque()
        # Closes the connections of a pool that its user forgot to close.
        finalize(self, _close_all, self._kept)

    @property
    def is_closed(self) -> bool:
        """Whether ``close`` was called."""
        return self._closed

    def take(self, addresses: Sequence[Address] | None = None) -> Connection | None:
        """A kept connection that is still open, or None.

        With ``addresses``, a connection to any other address is closed.
        """
        while True:
            try:
                connection = self._kept.pop()
            except IndexError:
                return None
            if _is_to(connection, addresses) and not connection.is_stale():
                return connection
            connection.close()

    def open(self, addresses: Sequence[Address], *, deadline: float) -> Connection:
        """A new connection to one of ``addresses``.

        Raises:
            NotConnectedError: none could be opened before ``deadline``.
        """
        try:
            return Connection(
                addresses,
                deadline=deadline,
                context=self._context,
                host=self._host,
                tls_session=self._tls_session,
            )
        except NotConnectedError:
            # Some servers close a connection if they do not know the session that it resumes.
            self._tls_session = None
            raise

    def give_back(self, connection: Connection, *, reusable: bool) -> None:
        """Keep ``connection`` after an exchange, or close it."""
        if self._context is not None:
            # A ticket of TLS 1.3 should be used once (RFC 8446, C.4), so the newest one counts.
            self._tls_session = connection.tls_session
        if reusable and len(self._kept) < self._connections:
            self._kept.append(connection)
            if self._closed:
                self.close_kept()
        else:
            connection.close()

    def close_kept(self) -> None:
        """Close the connections that no thread uses at the moment."""
        _close_all(self._kept)

    def close(self) -> None:
        """Close the connections. Connections that are given back later are closed too."""
        self._closed = True
        self.close_kept()


def _is_to(connection: Connection, addresses: Sequence[Address] | None) -> bool:
    return addresses is None or any(address[-1] == connection.target for address in addresses)


def _close_all(connections: deque[Connection]) -> None:
    while True:
        try:
            connections.pop().close()
        except IndexError:
            return
