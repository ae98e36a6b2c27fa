"""Sends a request to another service. Returns the response, or why there is none."""

import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Final

from ..http_api.call_failure import CallFailure, Retry
from ..http_api.connection import Connection, ConnectionLostError, NotConnectedError, look_up
from ..http_api.connection_pool import ConnectionPool
from ..http_api.http1_request import encode_request
from ..http_api.http1_response import ResponseError, ResponseReader
from ..http_api.http_response import HttpResponse
from ..http_api.service_url import ServiceUrl
from ..http_api.tls_context import make_tls_context
from ..http_api.transport_rules import (
    CLOSED,
    LONGEST_CONNECT,
    checked_connections,
    own_headers,
)


class Transport:
    """The connections of one process, shared by its threads. A forked child needs its own.

    It follows no redirect, decodes no content and uses no proxy.

    Args:
        url: where the service answers.
        connections: how many connections to keep open. Each further thread opens a new connection
            for each request.
        longest_connect: seconds that a connection may take at most.

    Raises:
        SettingsError: the URL is invalid, or ``connections`` is less than 1.
    """

    def __init__(
        self, url: str, *, connections: int, longest_connect: float = LONGEST_CONNECT
    ) -> None:

        self.url: Final = ServiceUrl.parse(url)
        self._longest_connect = longest_connect
        self._headers = own_headers(self.url)
        self._pool = ConnectionPool(
            self.url.host_name,
            context=make_tls_context() if self.url.scheme == "https" else None,
            connections=checked_connections(connections),
        )

    def get(
        self, target: str, *, headers: Mapping[str, str], max_body: int, seconds: float
    ) -> HttpResponse | CallFailure:
        """GET ``target`` with these ``headers`` within ``seconds``, as ``request`` does."""
        return self.request(
            "GET", target, headers=headers, body=None, max_body=max_body, seconds=seconds
        )

    def request(
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

        The look-up of a host name may take longer: the system's resolver cannot be interrupted.

        Args:
            method: such as ``GET``.
            target: the path below the URL.
            headers: in addition to the transport's own, or instead of one of the same name.
            body: with its Content-Type among ``headers``.
            max_body: the most bytes that the body of the response may have.
            seconds: how long it may take.

        Raises:
            ValueError: the target or a header has a forbidden character.
        """
        if self._pool.is_closed:
            return CLOSED
        data = encode_request(
            method, self.url.prefix + target, headers={**self._headers, **headers}, body=body
        )
        try:
            return self._exchange(data, ResponseReader(max_body), seconds)
        except (OSError, ResponseError) as error:
            failure = _failure_of(error)
            if failure.retry is Retry.AT_ONCE:
                # The server may have closed every kept connection, so the next attempt opens a
                # new one.
                self._pool.close_kept()
            return failure

    def close(self) -> None:
        """Close the connections. Every later request fails."""
        self._pool.close()

    def _exchange(self, data: bytes, reader: ResponseReader, seconds: float) -> HttpResponse:
        connection = self._pool.take()
        if connection is None:
            connection, deadline = self._connect(seconds)
        else:
            deadline = monotonic() + seconds
        try:
            response = connection.exchange(data, reader, deadline=deadline)
        except BaseException:
            connection.close()
            raise
        self._pool.give_back(connection, reusable=reader.reusable)
        return response

    def _connect(self, seconds: float) -> tuple[Connection, float]:
        """A new connection, and the deadline of its first exchange."""
        addresses = look_up(self.url.host_name, self.url.port)
        # The time starts after the look-up, which cannot be limited and could use up all of it.
        began = monotonic()
        connection = self._pool.open(
            addresses, deadline=began + min(self._longest_connect, seconds / 2)
        )
        return connection, began + seconds


def _failure_of(error: OSError | ResponseError) -> CallFailure:
    """The failure in words of this library: ``error`` may contain text that the server sent."""
    lost = isinstance(error, ConnectionLostError)
    match error:
        case NotConnectedError():
            cause = f"no connection: {error}"
        case ssl.SSLError():
            cause = f"TLS failed: {error.reason}"
        case TimeoutError():
            cause = "it does not answer in time"
        case OSError():
            cause = "it closed the connection"
        case ResponseError():
            cause = str(error)
    return CallFailure(
        cause, Retry.AT_ONCE if lost else Retry.AFTER_PAUSE, may_have_acted=_was_sent(error)
    )


def _was_sent(error: Exception) -> bool:
    """Whether anything of the request may have left this process."""
    if isinstance(error, ConnectionLostError):
        return error.sent
    return not isinstance(error, NotConnectedError)
