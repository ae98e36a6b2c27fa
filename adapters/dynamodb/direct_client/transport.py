"""Sends the bytes of a request within its limits, and raises botocore's errors."""

import ssl
from time import monotonic
from typing import Final

from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

from ...http_api.connection import Connection, ConnectionLostError, NotConnectedError
from ...http_api.connection_pool import ConnectionPool
from ...http_api.http1_response import ResponseError, ResponseReader
from ...http_api.http_response import HttpResponse
from ...http_api.tls_context import make_tls_context
from ..call_limits import CallLimits
from .endpoint import Endpoint
from .host_addresses import HostAddresses

_MAX_BODY: Final = 64 * 1024 * 1024
"""Bytes. BatchGetItem returns up to 16 MB of data, and JSON makes it longer (Amazon DynamoDB
Developer Guide, "Quotas")."""


class NotSentError(EndpointConnectionError):
    """No connection took the request, so nothing was sent."""

    fmt = 'Could not connect to the endpoint URL: "{endpoint_url}" ({reason})'


class Transport:
    """The connections of one process to ``endpoint``."""

    def __init__(self, endpoint: Endpoint, limits: CallLimits, *, connections: int) -> None:
        self._url = endpoint.shown_url
        self._limits = limits
        self._addresses = HostAddresses(endpoint.host, endpoint.port)
        is_tls = endpoint.scheme == "https"
        context = make_tls_context(endpoint.certificates) if is_tls else None
        self._pool = ConnectionPool(endpoint.host, context=context, connections=connections)

    def exchange(self, data: bytes, *, deadline: float) -> HttpResponse:
        """Send ``data``, and return the response.

        A new connection may take ``connect_timeout``, the look-up of the name and TLS included.
        After that the whole response may take ``read_timeout``.

        Args:
            data: the request.
            deadline: the moment of the monotonic clock at which it must end in any case.

        Raises:
            EndpointConnectionError: nothing was sent.
            HTTPClientError, SSLError: the response is lost.
        """
        try:
            connection = self._pool.take(self._addresses.peek()) or self._open(deadline)
            return self._exchange(connection, data, deadline)
        except (OSError, ResponseError) as error:
            # The host may have moved or started anew, so the next attempt opens a connection.
            self._pool.close_kept()
            self._addresses.refresh_soon()
            raise self._botocore_error(error) from None

    def close(self) -> None:
        """Close the connections, and end the look-ups."""
        self._pool.close()
        self._addresses.close()

    def _open(self, deadline: float) -> Connection:
        connected_by = min(monotonic() + self._limits.connect_timeout, deadline)
        try:
            return self._pool.open(self._addresses.get(connected_by), deadline=connected_by)
        except TimeoutError:
            raise NotConnectedError("timed out") from None

    def _exchange(self, connection: Connection, data: bytes, deadline: float) -> HttpResponse:
        reader = ResponseReader(_MAX_BODY)
        answered_by = min(monotonic() + self._limits.read_timeout, deadline)
        try:
            response = connection.exchange(data, reader, deadline=answered_by)
        except BaseException:
            connection.close()
            raise
        self._pool.give_back(connection, reusable=reader.reusable)
        return response

    def _botocore_error(self, error: OSError | ResponseError) -> Exception:
        """The error in botocore's terms. It quotes nothing that the server sent."""
        url = self._url
        if isinstance(error, NotConnectedError):
            return NotSentError(endpoint_url=url, reason=error)
        if isinstance(error, ConnectionLostError) and not error.sent:
            return NotSentError(endpoint_url=url, reason="the server closed the connection")
        match error:
            case ConnectionError():
                return ConnectionClosedError(endpoint_url=url)
            case TimeoutError():
                return ReadTimeoutError(endpoint_url=url)
            case ssl.SSLError():
                return SSLError(endpoint_url=url, error=ssl.SSLError(error.reason))
            case _:
                system_reason = getattr(error, "strerror", None)
                return HTTPClientError(error=system_reason or error)
