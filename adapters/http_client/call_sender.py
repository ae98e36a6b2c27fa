"""Sends calls to the service, and returns what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, TypeVar

from ...domain.session import ContextId, Session
from ..http_api.api_call import Answer, ApiCall
from ..http_api.call_failure import CallFailure
from ..http_api.call_policy import CallPolicy
from ..http_api.outage_log import OutageLog
from ..http_api.session_call import check_session, require_session
from ..runtime import monotonic, sleep, uniform
from .retrying_client import RetryingClient
from .transport import Transport

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timing:
    """How a client measures time, waits and draws a random pause. Tests replace it."""

    sleep: Callable[[float], None] = sleep
    monotonic: Callable[[], float] = monotonic
    uniform: Callable[[float, float], float] = uniform


class CallSender:
    """The connections, the circuit breaker and the retry budget of one process."""

    def __init__(self, transport: Transport, retrying: RetryingClient) -> None:
        self._transport = transport
        self._retrying = retrying

    @classmethod
    def open(
        cls, url: str, *, name: str, time_limit: float, connections: int, timing: Timing
    ) -> Self:
        """A sender to the service at ``url``. ``name`` says in the log what fails.

        Raises:
            SettingsError: an argument is invalid.
        """
        transport = Transport(url, connections=connections)
        policy = CallPolicy(
            time_limit,
            OutageLog(f"{name} at {transport.url}"),
            monotonic=timing.monotonic,
            uniform=timing.uniform,
        )
        return cls(transport, RetryingClient(policy, timing.sleep))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def answer(self, call: ApiCall[T]) -> Answer[T]:
        """What the service answers to ``call``, or why it gives no usable answer."""
        transport, body, headers = self._transport, call.body(), call.all_headers()

        def attempt(seconds: float) -> Answer[T]:
            response = transport.request(
                call.method,
                call.target,
                headers=headers,
                body=body,
                max_body=call.max_body,
                seconds=seconds,
            )
            return response if isinstance(response, CallFailure) else call.read(response)

        return self._retrying.call(attempt, repeatable=call.repeatable, in_doubt=call.in_doubt)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None, role: str | None
    ) -> Session:
        """As ``SessionChecker.check_session``."""
        claimed = ContextId.parse_pair(context_id, customer_id)
        verdict = self.answer(check_session(claimed))
        return require_session(verdict, role)
