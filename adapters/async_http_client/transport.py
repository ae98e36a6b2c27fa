"""Sends a request to another service. Returns the response, or why there is none."""

import asyncio
from collections.abc import Mapping
from typing import Final

from ..http_api.call_failure import CallFailure, Retry
from ..http_api.http1_request import encode_request
from ..http_api.http1_response import ResponseReader
from ..http_api.http_response import HttpResponse
from ..http_api.transport_rules import (
    CLOSED,
    LONGEST_CONNECT,
    checked_connections,
    own_headers,
)
from .connection import LOST, Connection
from .server import Server


class AsyncTransport:
    """The connections of one event loop.

    It follows no redirect, decodes no content, keeps no cookie and uses no proxy.

    Args:
        server: where the service answers.
        connections: how many connections may be open. Further requests wait for one, within their
            time limit.

    Raises:
        SettingsError: ``connections`` is less than 1.
    """

    def __init__(self, server: Server, *, connections: int) -> None:
        self._server = server
        self._free = asyncio.Semaphore(checked_connections(connections))
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._closed = False
        self._headers: Final = own_headers(server.url)

    async def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        max_body: int,
        seconds: float,
    ) -> HttpResponse | CallFailure:
        """Send one request with these ``headers`` and this ``body`` within ``seconds``.

        If this is cancelled, no other request gets the connection.

        Raises:
            ValueError: the target or a header has a forbidden character.
        """
        data = encode_request(
            method,
            self._server.url.prefix + target,
            headers={**self._headers, **headers},
            body=body,
        )
        sent = False
        try:
            async with asyncio.timeout(seconds), self._free:
                connection = await self._connection(min(LONGEST_CONNECT, seconds / 2))
                if isinstance(connection, CallFailure):
                    return connection
                sent = True
                answer = await connection.exchange(data, ResponseReader(max_body))
        except TimeoutError:
            if sent:
                return CallFailure("it does not answer in time")
            return CallFailure("all connections are in use", Retry.NEVER, may_have_acted=False)
        if answer is LOST:
            # The server may have closed every kept connection, so the next attempt opens a new one.
            self._abort_idle()
        elif connection.is_usable:
            self._idle.append(connection)
        return answer

    def refuse(self) -> None:
        """Make every later request fail."""
        self._closed = True

    async def aclose(self) -> None:
        """Close the connections. Every later request fails."""
        self.refuse()
        while self._open:
            closing = list(self._open)
            for connection in closing:
                connection.abort()
            await asyncio.wait([connection.closed for connection in closing])

    async def _connection(self, seconds: float) -> Connection | CallFailure:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_stale():
                return connection
            connection.abort()
        if self._closed:
            return CLOSED
        opened = await self._server.connect(seconds)
        if isinstance(opened, Connection):
            self._open.add(opened)
            opened.closed.add_done_callback(lambda _: self._open.discard(opened))
        return opened

    def _abort_idle(self) -> None:
        for connection in self._idle:
            connection.abort()
        self._idle.clear()
