"""The session check over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from ...domain.errors import RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ...ports.session_checker import SessionChecker
from ..forking.process_local import ProcessLocal
from ..runtime import monotonic, sleep, uniform
from .call_failure import CallFailure
from .outage_log import OutageLog
from .retrying_client import RetryingClient
from .session_response import Verdict, read_session
from .transport import Transport

_TARGET: Final = "/api/v1/customer/session"
_MAX_BODY: Final = 64 * 1024
"""Bytes. An answer has a few hundred."""


@dataclass(frozen=True, slots=True)
class _Client:
    """What one process has of its own."""

    transport: Transport
    caller: RetryingClient


class HttpSessionChecker(SessionChecker):
    """Asks the customer service at ``url``: a logout is effective for the very next check.

    What is no ``context_id``, or another customer's, is refused without asking. Make one for the
    process, and share it among threads. A forked child has connections of its own, and learns for
    itself whether the service answers.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a check may take, whatever the service does; only looking up a
            host name may take longer.
        connections: how many to keep open, one for each thread that checks.

    Raises:
        SettingsError: the URL, the limit or the number cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float = 2.0,
        connections: int = 10,
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        def make() -> _Client:
            transport = Transport(url, connections=connections, max_body=_MAX_BODY)
            caller = RetryingClient(
                time_limit,
                OutageLog(f"the session check at {transport.url}"),
                sleep=sleep,
                monotonic=monotonic,
                uniform=uniform,
            )
            if self._closed:
                transport.close()
            return _Client(transport, caller)

        self._closed = False
        self._client = ProcessLocal(make)
        # At once, so that wrong arguments are refused here.
        self._client.get()

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        claimed = ContextId.parse_pair(context_id, customer_id)
        client = self._client.get()

        def ask(seconds: float) -> Verdict | CallFailure:
            answer = client.transport.get(_TARGET, bearer=claimed.secret, seconds=seconds)
            return answer if isinstance(answer, CallFailure) else read_session(answer, claimed)

        found = client.caller.call(ask)
        if isinstance(found, RefusalReason):
            raise SessionRefusedError(found)
        if role is not None:
            found.require(role)
        return found

    def close(self) -> None:
        """Close the connections of this process. Make no check after this."""
        self._closed = True
        client = self._client.peek()
        if client is not None:
            client.transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
