"""Asks the customer service, within a time limit, and never in a storm."""

import os
import time
from collections.abc import Callable
from random import uniform
from typing import Final, TypeVar

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError, ProtocolError

from ...domain.errors import CheckerUnavailableError, FieldFault, SettingsError
from .breaker import Breaker
from .deadline import DeadlineHTTPConnection, DeadlineHTTPSConnection
from .reply import Reply, UnusableReplyError, read_reply
from .retry_budget import RetryBudget
from .service_url import ServiceUrl

T = TypeVar("T")

MAX_BYTES: Final = 1024 * 1024
"""Of a reply: a page of the feed has a tenth of it."""

_ATTEMPTS: Final = 2
_LONGEST_PAUSE: Final = 0.05
_LONGEST_RETRY_AFTER: Final = 60
_CONNECT_SECONDS: Final = 0.5
_USER_AGENT: Final = "cybershop-customer"


class Transport:
    """Sends GET requests to one service over connections that are kept open.

    A request is tried again once at most: never past the time limit, and not where most requests
    fail anyway. Redirects are not followed, and what is compressed is not unpacked.

    Args:
        url: of the service.
        time_limit: seconds that a request may take, its second attempt included, whatever the
            service does. Only the look-up of a host's name can take longer.
        connections: how many to keep open.
        monotonic: the time in seconds.
        sleep: waits for some seconds.
        uniform: a random number between two.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float,
        connections: int,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        self._url = ServiceUrl.parse(url)
        if not 0 < time_limit <= 60:  # noqa: PLR2004 (a minute)
            raise SettingsError([FieldFault("time_limit", "must be at most 60 seconds, and not 0")])
        if connections < 1:
            raise SettingsError([FieldFault("connections", "must be 1 or more")])
        self._time_limit = time_limit
        self._connections = connections
        self._monotonic = monotonic
        self._sleep = sleep
        self._uniform = uniform
        self._breaker = Breaker(monotonic=monotonic, uniform=uniform)
        self._retry_budget = RetryBudget()
        self._process = os.getpid()
        self._pool = self._new_pool()

    def get(self, target: str, token: str, understand: Callable[[Reply], T]) -> T:
        """What ``understand`` makes of the reply to ``GET target`` with ``token`` as bearer.

        It raises UnusableReplyError where the reply cannot be the customer service's.

        Raises:
            CheckerUnavailableError: no attempt brought a reply that can be understood.
        """
        if not self._breaker.admits():
            raise CheckerUnavailableError(self._breaker.retry_after)
        try:
            answer = self._attempts(target, token, understand)
        except UnusableReplyError as failure:
            self._breaker.failed()
            raise CheckerUnavailableError(failure.retry_after) from failure
        except BaseException:
            # Whoever was let through has to tell.
            self._breaker.failed()
            raise
        self._breaker.succeeded()
        self._retry_budget.succeeded()
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _attempts(self, target: str, token: str, understand: Callable[[Reply], T]) -> T:
        give_up_at = self._monotonic() + self._time_limit
        attempt = 0
        while True:
            attempt += 1
            try:
                return understand(self._send(target, token, give_up_at - self._monotonic()))
            except UnusableReplyError as failure:
                may_repeat = self._retry_budget.failed()
                pause = 0.0 if failure.at_once else self._uniform(0, _LONGEST_PAUSE)
                late = self._monotonic() + pause >= give_up_at
                if attempt >= _ATTEMPTS or not may_repeat or late:
                    raise
                self._sleep(pause)

    def _send(self, target: str, token: str, seconds: float) -> Reply:
        pool = self._pool_of_this_process()
        timeout = Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds, total=seconds)
        try:
            response = pool.urlopen(
                "GET",
                self._url.path + target,
                headers={"Authorization": f"Bearer {token}", "User-Agent": _USER_AGENT},
                retries=False,
                redirect=False,
                timeout=timeout,
                preload_content=False,
                decode_content=False,
            )
            # Closes the connection, unless all was read and it is back in the pool.
            with response:
                body = response.read(MAX_BYTES + 1)
        except HTTPError as error:
            # Not chained: what a stranger sent may repeat what it was sent.
            raise _unusable(error) from None
        return _understandable(response, body)

    def _pool_of_this_process(self) -> HTTPConnectionPool:
        # Two processes on one connection would read each other's replies.
        if self._process != os.getpid():
            self._process = os.getpid()
            self._pool = self._new_pool()
        return self._pool

    def _new_pool(self) -> HTTPConnectionPool:
        kind = _HTTPSPool if self._url.tls else _HTTPPool
        return kind(self._url.host, self._url.port, maxsize=self._connections)


# urllib3's protocols of connections have attributes that its own classes narrow.
class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = DeadlineHTTPConnection  # pyright: ignore[reportAssignmentType]


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = DeadlineHTTPSConnection  # pyright: ignore[reportAssignmentType]


def _unusable(error: HTTPError) -> UnusableReplyError:
    cause = type(error).__name__
    if isinstance(error, ProtocolError) and len(error.args) > 1:
        reason = error.args[1]
        at_once = isinstance(reason, ConnectionError)
        return UnusableReplyError(f"{cause}: {type(reason).__name__}", at_once=at_once)
    return UnusableReplyError(cause)


def _understandable(response: BaseHTTPResponse, body: bytes) -> Reply:
    status = response.status
    if len(body) > MAX_BYTES:
        raise UnusableReplyError(f"HTTP {status}, and more than {MAX_BYTES} bytes")
    reply = read_reply(status, body)
    if status == 429 or status >= 500:  # noqa: PLR2004 (Too Many Requests, and all that failed)
        asked = response.headers.get("Retry-After", "1")
        seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1  # noqa: PLR2004
        retry_after = min(max(seconds, 1), _LONGEST_RETRY_AFTER)
        raise UnusableReplyError(f"HTTP {status}", retry_after)
    return reply
