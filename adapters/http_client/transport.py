"""Sends a request to the customer service, and brings its answer or says why there is none."""

import ssl
from http.client import HTTPException
from importlib.metadata import version
from typing import Final

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout, exceptions
from urllib3.exceptions import HTTPError, ProtocolError, SSLError
from urllib3.util.ssl_ import create_urllib3_context

from ...domain.errors import FieldFault, SettingsError
from .bounded_connection import (
    BoundedHTTPConnection,
    BoundedHTTPSConnection,
    ConnectionLostError,
    NotConnectedError,
)
from .call_failure import CallFailure, Retry
from .http_response import HttpResponse
from .service_url import ServiceUrl

_LONGEST_CONNECT: Final = 0.5
_NO_RETRIES: Final = urllib3.Retry(total=False)


# urllib3 declares these by a protocol that its own connections do not keep in pyright's eyes.
class _HttpPool(HTTPConnectionPool):
    ConnectionCls = BoundedHTTPConnection  # pyright: ignore[reportAssignmentType]


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = BoundedHTTPSConnection  # pyright: ignore[reportAssignmentType]


class Transport:
    """Keeps ``connections`` open, for all threads, and takes bodies of ``max_body`` bytes at most.

    For one process: whoever may be forked makes it anew.
    It follows no redirect and decodes no content. More threads than connections connect anew,
    which urllib3 writes to the log.

    Raises:
        SettingsError: the URL is none, or there is no connection.
    """

    def __init__(self, url: str, *, connections: int, max_body: int) -> None:
        self.url: Final = ServiceUrl.parse(url)
        if connections < 1:
            raise SettingsError([FieldFault("connections", "must be 1 or more")])
        self._connections = connections
        self._max_body = max_body
        self._headers = {
            "User-Agent": f"cybershop-customer/{version('cybershop-customer')}",
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
        }
        self._context = _context() if self.url.scheme == "https" else None
        self._closed = False
        self._pool = self._new_pool()

    def get(self, target: str, *, bearer: str, seconds: float) -> HttpResponse | CallFailure:
        """What the service answers to GET of ``target`` within ``seconds``.

        Looking up a host name is not bounded: the system's resolver cannot be interrupted.
        """
        pool = self._pool
        try:
            response = pool.urlopen(
                "GET",
                self.url.prefix + target,
                headers={**self._headers, "Authorization": f"Bearer {bearer}"},
                retries=_NO_RETRIES,
                redirect=False,
                timeout=Timeout(connect=min(_LONGEST_CONNECT, seconds / 2), total=seconds),
                preload_content=False,
                decode_content=False,
            )
            try:
                body = response.read(self._max_body + 1, decode_content=False)
            finally:
                # Only what was not read to its end is still open.
                response.close()
                response.release_conn()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            failure = _failure_of(error)
            if failure.retry is Retry.AT_ONCE and self._pool is pool and not self._closed:
                # What ended one kept connection may have ended all: the next one is new.
                self._pool = self._new_pool()
            return failure
        if len(body) > self._max_body:
            return CallFailure("the answer is too long")
        return HttpResponse(response.status, response.headers, body)

    def close(self) -> None:
        """Close the connections. There is no answer after this."""
        self._closed = True
        self._pool.close()

    def _new_pool(self) -> HTTPConnectionPool:
        url = self.url
        if self._context is None:
            return _HttpPool(url.host, url.port, maxsize=self._connections)
        return _HttpsPool(url.host, url.port, maxsize=self._connections, ssl_context=self._context)


def _context() -> ssl.SSLContext:
    """As urllib3 would make it for each connection, which takes tens of milliseconds."""
    context = create_urllib3_context()
    context.load_default_certs()
    return context


def _failure_of(error: Exception) -> CallFailure:
    """Say what happened. Nothing of what was received, nor ``error`` itself, goes further."""
    cause: object = error
    if isinstance(error, ProtocolError | SSLError) and error.args:
        cause = error.args[-1]
    match cause:
        case exceptions.ClosedPoolError():
            why = "this client is closed"
        case NotConnectedError():
            why = f"no connection: {cause}"
        case ssl.SSLCertVerificationError():
            why = f"its certificate is refused: {cause.verify_message}"
        case ssl.SSLError():
            why = f"TLS failed: {cause.reason}"
        case TimeoutError() | exceptions.TimeoutError():
            why = "it does not answer in time"
        case ConnectionError():
            why = "it closed the connection"
        case _:
            why = "its answer is not HTTP, too long or cut off"
    lost = isinstance(cause, ConnectionLostError)
    return CallFailure(why, Retry.AT_ONCE if lost else Retry.AFTER_PAUSE)
