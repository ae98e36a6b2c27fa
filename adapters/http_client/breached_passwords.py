"""Breached passwords by the k-anonymity range API of Have I Been Pwned, "Pwned Passwords".

https://haveibeenpwned.com/API/v3#SearchingPwnedPasswordsByRange: a request names the first 5
hexadecimal digits of the password's SHA-1 hash. The response has a line ``SUFFIX:COUNT`` for each
known password whose hash begins so; SUFFIX are the other 35 digits. With ``Add-Padding: true`` it
also has made-up lines of count 0, so that its length does not tell which range was asked for.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha1
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Final

from ...ports.breached_passwords import BreachedPasswords
from ..http_api.call_failure import CallFailure, Retry
from ..http_api.call_policy import CallPolicy
from ..http_api.http_response import HttpResponse
from ..http_api.outage_log import OutageLog
from ..runtime import monotonic, sleep, uniform
from .client_owner import ClientOwner
from .retrying_client import RetryingClient
from .transport import Transport

_PREFIX_DIGITS: Final = 5
_HEADERS: Final = {"Accept": "text/plain", "Add-Padding": "true"}
_LINE: Final = re.compile(rb"([0-9A-Fa-f]{35}):([0-9]{1,12})\r?")
_MAX_BODY: Final = 512 * 1024
"""Bytes. A response has about 1,000 lines of 40 bytes."""
_LONGEST_CONNECT: Final = 1.0
"""Seconds. The service may be on another continent, and TLS takes two round trips."""


@dataclass(frozen=True, slots=True)
class _Client:
    transport: Transport
    retrying: RetryingClient
    log: OutageLog
    overflow_log: OutageLog
    """Says once that there were too many look-ups at a time: that is no outage."""
    places: BoundedSemaphore

    def close(self) -> None:
        self.transport.close()


class HttpBreachedPasswords(ClientOwner[_Client], BreachedPasswords):
    """Asks the range API at ``url``. The password and its whole hash stay here.

    If the service gives no usable answer within the time limit, the password counts as not
    breached; the log has each cause of an outage once. After five failures in a row a circuit
    breaker stops the requests for a while. Neither a slow service nor many registrations can hold
    every thread: while ``connections`` look-ups are under way, further passwords count as not
    breached.

    Args:
        url: the range API without the digits, such as ``https://api.pwnedpasswords.com/range``.
        time_limit: seconds that a look-up may take, whatever the service does. Only the look-up
            of a host name may take longer.
        connections: the most look-ups at a time.

    Raises:
        SettingsError: the URL, the time limit or the number of connections is invalid.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float = 2.0,
        connections: int = 2,
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        def make_client() -> _Client:
            transport = Transport(
                url,
                connections=connections,
                longest_connect=_LONGEST_CONNECT,
            )
            log_name = f"the look-up of breached passwords at {transport.url}"
            log = OutageLog(log_name)
            policy = CallPolicy(time_limit, log, monotonic=monotonic, uniform=uniform)
            retrying = RetryingClient(policy, sleep)
            overflow_log = OutageLog(log_name)
            places = BoundedSemaphore(connections)
            return _Client(transport, retrying, log, overflow_log, places)

        super().__init__(make_client)

    def contains(self, password: str) -> bool:
        client = self._client.get()
        if not client.places.acquire(blocking=False):
            client.overflow_log.failed("too many at a time; further passwords pass")
            return False
        try:
            return _ask(client, password)
        finally:
            client.places.release()


def _ask(client: _Client, password: str) -> bool:
    """Whether the service knows ``password``. False if it gives no usable answer."""
    digits = sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    prefix, suffix = digits[:_PREFIX_DIGITS], digits[_PREFIX_DIGITS:]

    def attempt(seconds: float) -> bool | CallFailure:
        response = client.transport.get(
            f"/{prefix}", headers=_HEADERS, max_body=_MAX_BODY, seconds=seconds
        )
        if isinstance(response, CallFailure):
            return response
        return _find(response, suffix.encode())

    return client.retrying.call(attempt) is True


def _find(response: HttpResponse, suffix: bytes) -> bool | CallFailure:
    """Whether ``suffix`` is in the response, with a count above 0."""
    if response.status != HTTPStatus.OK:
        return CallFailure(f"it answers with status {response.status}", Retry.NEVER)
    found = False
    for line in response.body.split(b"\n"):
        match = _LINE.fullmatch(line)
        if match is not None:
            found = found or (match[1].upper() == suffix and int(match[2]) > 0)
        elif line.strip():
            return CallFailure("its answer is none of the range API", Retry.NEVER)
    return found
