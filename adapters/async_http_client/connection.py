"""A connection of HTTP/1.1. It counts what it receives, and is never used after half a response."""

import asyncio
import ssl
from collections.abc import Iterable
from typing import Final

import h11

from ..http_api.call_failure import CallFailure, Retry
from ..http_api.http_response import HttpResponse

_MAX_HEAD: Final = 64 * 1024
"""Bytes of the headers, as ``http.client`` allows for one line."""
_MAX_HEADERS: Final = 100
"""As in ``http.client``."""
_MAX_BYTES: Final = 1024 * 1024
"""Bytes of a response with its headers, and with interim responses before it."""

Header = tuple[bytes, bytes]

LOST: Final = CallFailure("it closed the connection", Retry.AT_ONCE)
"""The server closed a connection that was kept open after an earlier response."""
_HUNG_UP: Final = CallFailure("it closed the connection")
_NOT_HTTP: Final = CallFailure("its answer is not HTTP, too long or cut off")
_TOO_LONG: Final = CallFailure("the answer is too long")


class Connection(asyncio.Protocol):
    """Sends one request at a time.

    Args:
        max_body: the most bytes that the body of a response may have.
    """

    def __init__(self, max_body: int) -> None:
        self._max_body = max_body
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
        self._transport: asyncio.Transport | None = None
        self._pending: asyncio.Future[HttpResponse | CallFailure] | None = None
        self._response: h11.Response | None = None
        self._body = bytearray()
        self._received = 0
        self._requests = 0
        self.closed: Final[asyncio.Future[None]] = asyncio.get_running_loop().create_future()

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent."""
        transport = self._transport
        return (
            transport is not None
            and not transport.is_closing()
            and self._http.our_state is h11.IDLE
            and not self._http.trailing_data[0]
        )

    async def request(
        self, method: str, target: str, headers: Iterable[Header], body: bytes
    ) -> HttpResponse | CallFailure:
        """Send a request, and return its response.

        If this is cancelled, the connection is closed, because the response may still come.
        """
        assert self._transport is not None  # noqa: S101 (asyncio has connected it)
        pending: asyncio.Future[HttpResponse | CallFailure]
        pending = self._pending = asyncio.get_running_loop().create_future()
        self._response, self._body, self._received = None, bytearray(), 0
        self._requests += 1
        try:
            self._transport.write(self._encode(method, target, headers, body))
            return await pending
        finally:
            self._pending = None
            if {self._http.our_state, self._http.their_state} == {h11.DONE}:
                self._http.start_next_cycle()
            if not self.is_usable:
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
        self._received += len(data)
        if self._received > _MAX_BYTES:
            self._finish(_NOT_HTTP)
            return
        self._parse(data)

    def eof_received(self) -> None:
        if self._received:
            # The end of the connection may be the end of the body.
            self._parse(b"")
        self._finish(self._lost())

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, ssl.SSLError):
            self._finish(CallFailure(f"TLS failed: {exc.reason}"))
        self._finish(self._lost())
        if not self.closed.done():
            self.closed.set_result(None)

    def _encode(self, method: str, target: str, headers: Iterable[Header], body: bytes) -> bytes:
        http = self._http
        head = http.send(h11.Request(method=method, target=target, headers=list(headers)))
        content = http.send(h11.Data(data=body)) if body else b""
        return (head or b"") + (content or b"") + (http.send(h11.EndOfMessage()) or b"")

    def _parse(self, data: bytes) -> None:
        try:
            self._http.receive_data(data)
            while self._pending is not None and not self._pending.done():
                event = self._http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                self._take(event)
        except h11.RemoteProtocolError:
            self._finish(_NOT_HTTP)

    def _take(self, event: object) -> None:
        match event:
            case h11.Response():
                self._response = event
                size = sum(len(name) + len(value) for name, value in event.headers)
                if len(event.headers) > _MAX_HEADERS or size > _MAX_HEAD:
                    self._finish(_NOT_HTTP)
            case h11.Data():
                self._body += event.data
                if len(self._body) > self._max_body:
                    self._finish(_TOO_LONG)
            case h11.EndOfMessage() if self._response is not None:
                headers = _join_repeated(self._response.headers)
                status = self._response.status_code
                self._finish(HttpResponse(status, headers, bytes(self._body)))
            case h11.InformationalResponse():
                pass
            case _:
                self._finish(_NOT_HTTP)

    def _lost(self) -> CallFailure:
        if self._received:
            return _NOT_HTTP
        return LOST if self._requests > 1 else _HUNG_UP

    def _finish(self, answer: HttpResponse | CallFailure) -> None:
        if self._pending is not None and not self._pending.done():
            self._pending.set_result(answer)


def _join_repeated(headers: Iterable[Header]) -> dict[str, str]:
    """The headers by their names, which h11 has put in lower case; repeated ones are joined."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined
