"""Takes the steps of a call in the event loop."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from ..http_api.api_call import Answer, ApiCall
from ..http_api.call_failure import CallFailure
from ..http_api.call_policy import CallPolicy, Send, Steps
from .transport import AsyncTransport

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RetryingClient:
    """Makes calls as ``policy`` decides, in one event loop."""

    transport: AsyncTransport
    policy: CallPolicy
    sleep: Callable[[float], Awaitable[object]]

    async def answer(self, call: ApiCall[T]) -> Answer[T]:
        """What the service answers to ``call``, or why it gives no usable answer.

        If this is cancelled, the circuit breaker counts neither a success nor a failure.
        """
        body, headers = call.body(), call.all_headers()

        async def attempt(seconds: float) -> Answer[T]:
            response = await self.transport.request(
                call.method, call.target, headers=headers, body=body, seconds=seconds
            )
            return response if isinstance(response, CallFailure) else call.read(response)

        answer: Answer[T] = await self._call(attempt, repeatable=call.repeatable)
        return answer

    async def aclose(self) -> None:
        """Close the connections."""
        await self.transport.aclose()

    async def _call(
        self, attempt: Callable[[float], Awaitable[T | CallFailure]], *, repeatable: bool
    ) -> T | CallFailure:
        steps: Steps[T] = self.policy.steps(repeatable=repeatable)
        answer: T | CallFailure | None = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Send):
                    answer = await attempt(step.seconds)
                else:
                    await self.sleep(step.seconds)
                    answer = None
        except StopIteration as end:
            result: T | CallFailure = end.value
            return result
        finally:
            steps.close()
