"""A connection for asyncio. It is never used again after half a response."""

import asyncio
import ssl
from typing import Final

from ..http_api.call_failure import CallFailure, Retry
from ..http_api.http1_response import ResponseError, ResponseReader
from ..http_api.http_response import HttpResponse
from ..http_api.readable_socket import is_readable

LOST: Final = CallFailure("it closed the connection", Retry.AT_ONCE)
"""The server closed a connection that was kept open after an earlier response."""
_HUNG_UP: Final = CallFailure("it closed the connection")


class Connection(asyncio.Protocol):
    """Sends one request at a time. It is made in the event loop that connects it."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._pending: asyncio.Future[HttpResponse | CallFailure] | None = None
        self._reader = ResponseReader(0)
        self._requests = 0
        self.closed: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    def is_stale(self) -> bool:
        """Whether the server closed the connection, or sent what no one asked for.

        The event loop may not have noticed yet: a task that runs goes before what has arrived.
        """
        assert self._transport is not None  # noqa: S101 (asyncio has connected it)
        sock = self._transport.get_extra_info("socket")
        return not self.is_usable or is_readable(sock.fileno())

    async def exchange(self, request: bytes, reader: ResponseReader) -> HttpResponse | CallFailure:
        """Send ``request``, and return the response to it. ``reader`` is new.

        If this is cancelled, the connection is closed, because the response may still come.
        """
        assert self._transport is not None  # noqa: S101 (asyncio has connected it)
        pending: asyncio.Future[HttpResponse | CallFailure]
        pending = self._pending = asyncio.get_running_loop().create_future()
        self._reader = reader
        self._requests += 1
        answered = False
        try:
            self._transport.write(request)
            answer = await pending
            answered = True
            return answer
        finally:
            self._pending = None
            # A response that came just before the cancellation belongs to no one.
            if not answered or not reader.reusable:
                self.abort()

    def abort(self) -> None:
        """Close the connection at once. ``closed`` is done afterwards."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 (a stream has this kind)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._pending is None:
            # No request is under way, so this is the response to none of ours.
            self.abort()
            return
        if self._pending.done():
            # Bytes after the response could be taken for the next one.
            self._reader.reusable = False
            return
        try:
            response = self._reader.feed(data)
        except ResponseError as error:
            self._finish(CallFailure(str(error)))
        else:
            if response is not None:
                self._finish(response)

    def eof_received(self) -> None:
        if self._pending is None or self._pending.done() or not self._reader.begun:
            return
        try:
            # The end of the connection may be the end of the body.
            self._finish(self._reader.feed_end())
        except ResponseError as error:
            self._finish(CallFailure(str(error)))

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, ssl.SSLError):
            self._finish(CallFailure(f"TLS failed: {exc.reason}"))
        lost = self._requests > 1 and not self._reader.begun
        self._finish(LOST if lost else _HUNG_UP)
        if not self.closed.done():
            self.closed.set_result(None)

    def _finish(self, answer: HttpResponse | CallFailure) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_result(answer)
