"""The session check over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ...domain.errors import CheckerUnavailableError, RefusalReason, SessionRefusedError
from ...domain.session import ContextId, Session
from ...ports.session_checker import SessionChecker
from ..http_api.api_call import bearer
from ..http_api.call_failure import CallFailure
from ..http_api.call_policy import CallPolicy
from ..http_api.outage_log import OutageLog
from ..http_api.session_response import Verdict, read_session
from ..runtime import monotonic, sleep, uniform
from .client_owner import ClientOwner
from .retrying_client import RetryingClient
from .transport import Transport

_TARGET: Final = "/api/v1/customer/session"
_MAX_BODY: Final = 64 * 1024
"""Bytes. A response has a few hundred."""


@dataclass(frozen=True, slots=True)
class _Client:
    transport: Transport
    retrying: RetryingClient

    def close(self) -> None:
        self.transport.close()


class HttpSessionChecker(ClientOwner[_Client], SessionChecker):
    """Asks the customer service at ``url``. A logout is effective for the very next check.

    A malformed ``context_id``, and one of another customer, is refused without a request. Make one
    checker for the process, and share it among threads. A forked child has its own connections
    and its own circuit breaker.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a check may take, whatever the service does. Only the look-up of
            a host name may take longer.
        connections: how many connections to keep open, one for each thread that checks.

    Raises:
        SettingsError: the URL, the time limit or the number of connections is invalid.
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
        def make_client() -> _Client:
            transport = Transport(url, connections=connections, max_body=_MAX_BODY)
            policy = CallPolicy(
                time_limit,
                OutageLog(f"the session check at {transport.url}"),
                monotonic=monotonic,
                uniform=uniform,
            )
            return _Client(transport, RetryingClient(policy, sleep))

        super().__init__(make_client)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        claimed = ContextId.parse_pair(context_id, customer_id)
        client = self._client.get()

        def attempt(seconds: float) -> Verdict | CallFailure:
            response = client.transport.get(
                _TARGET, headers=bearer(claimed.secret), seconds=seconds
            )
            if isinstance(response, CallFailure):
                return response
            return read_session(response, claimed)

        verdict: Verdict | CallFailure = client.retrying.call(attempt)
        if isinstance(verdict, CallFailure):
            raise CheckerUnavailableError(verdict.retry_after)
        if isinstance(verdict, RefusalReason):
            raise SessionRefusedError(verdict)
        if role is not None:
            verdict.require(role)
        return verdict
