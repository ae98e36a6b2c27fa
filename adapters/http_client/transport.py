"""Sends a request to another service. Returns the response, or why there is none."""

import ssl
from collections.abc import Mapping
from http.client import HTTPException
from importlib.metadata import version
from typing import Final

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout, exceptions
from urllib3.exceptions import HTTPError, ProtocolError, SSLError
from urllib3.util.ssl_ import create_urllib3_context

from ...domain.errors import FieldFault, SettingsError
from ..http_api.call_failure import CallFailure, Retry
from ..http_api.http_response import HttpResponse
from ..http_api.service_url import ServiceUrl
from .bounded_connection import (
    BoundedHTTPConnection,
    BoundedHTTPSConnection,
    ConnectionLostError,
    NotConnectedError,
)

_LONGEST_CONNECT: Final = 0.5
"""Seconds, to a service nearby."""
_NO_RETRIES: Final = urllib3.Retry(total=False)


# urllib3 types this attribute by a protocol that, for pyright, its own connections do not match.
class _HttpPool(HTTPConnectionPool):
    ConnectionCls = BoundedHTTPConnection  # pyright: ignore[reportAssignmentType]


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = BoundedHTTPSConnection  # pyright: ignore[reportAssignmentType]


class Transport:
    """The connections of one process, shared by its threads. A forked child needs its own.

    It follows no redirect and decodes no content.

    Args:
        url: where the service answers.
        connections: how many connections to keep open. Each further thread opens a new connection
            for each request, which urllib3 logs.
        max_body: the most bytes that the body of a response may have.
        longest_connect: seconds that a connection may take at most.

    Raises:
        SettingsError: the URL is invalid, or ``connections`` is less than 1.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int,
        max_body: int,
        longest_connect: float = _LONGEST_CONNECT,
    ) -> None:
        self.url: Final = ServiceUrl.parse(url)
        if connections < 1:
            raise SettingsError([FieldFault("connections", "must be 1 or more")])
        self._connections = connections
        self._max_body = max_body
        self._longest_connect = longest_connect
        self._headers = {
            "User-Agent": f"cybershop-customer/{version('cybershop-customer')}",
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
        }
        self._context = _make_context() if self.url.scheme == "https" else None
        self._closed = False
        self._pool = self._new_pool()

    def get(
        self, target: str, *, headers: Mapping[str, str], seconds: float
    ) -> HttpResponse | CallFailure:
        """GET ``target`` with these ``headers`` within ``seconds``, as ``request`` does."""
        return self.request("GET", target, headers=headers, body=None, seconds=seconds)

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        seconds: float,
    ) -> HttpResponse | CallFailure:
        """Send one request with these ``headers`` and this ``body`` within ``seconds``.

        The look-up of a host name may take longer: the system's resolver cannot be interrupted.
        """
        pool = self._pool
        try:
            response = pool.urlopen(
                method,
                self.url.prefix + target,
                body=body,
                headers={**self._headers, **headers},
                retries=_NO_RETRIES,
                redirect=False,
                timeout=Timeout(connect=min(self._longest_connect, seconds / 2), total=seconds),
                preload_content=False,
                decode_content=False,
            )
            try:
                content = response.read(self._max_body + 1, decode_content=False)
            finally:
                # This closes the connection unless the response was read to its end.
                response.close()
                response.release_conn()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            failure = _failure_of(error)
            if failure.retry is Retry.AT_ONCE and self._pool is pool and not self._closed:
                # The server may have closed every kept connection, so the next attempt opens a
                # new one.
                self._pool = self._new_pool()
            return failure
        if len(content) > self._max_body:
            return CallFailure("the answer is too long")
        return HttpResponse(response.status, response.headers, content)

    def close(self) -> None:
        """Close the connections. Every later request fails."""
        self._closed = True
        self._pool.close()

    def _new_pool(self) -> HTTPConnectionPool:
        url = self.url
        if self._context is None:
            return _HttpPool(url.host, url.port, maxsize=self._connections)
        return _HttpsPool(url.host, url.port, maxsize=self._connections, ssl_context=self._context)


def _make_context() -> ssl.SSLContext:
    """The context that urllib3 would make for each connection. Making it takes tens of ms."""
    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _failure_of(error: Exception) -> CallFailure:
    """The failure in words of this library: ``error`` may contain text that the server sent."""
    reason: object = error
    if isinstance(error, ProtocolError | SSLError) and error.args:
        reason = error.args[-1]
    match reason:
        case exceptions.ClosedPoolError():
            cause = "this client is closed"
        case NotConnectedError():
            cause = f"no connection: {reason}"
        case ssl.SSLCertVerificationError():
            cause = f"its certificate is refused: {reason.verify_message}"
        case ssl.SSLError():
            cause = f"TLS failed: {reason.reason}"
        case TimeoutError() | exceptions.TimeoutError():
            cause = "it does not answer in time"
        case ConnectionError():
            cause = "it closed the connection"
        case _:
            cause = "its answer is not HTTP, too long or cut off"
    lost = isinstance(reason, ConnectionLostError)
    never_sent = isinstance(reason, NotConnectedError | exceptions.ClosedPoolError)
    return CallFailure(
        cause, Retry.AT_ONCE if lost else Retry.AFTER_PAUSE, may_have_acted=not never_sent
    )
