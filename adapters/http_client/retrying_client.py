"""Takes the steps of a call in the calling thread."""

from collections.abc import Callable
from typing import TypeVar

from ..http_api.call_failure import CallFailure
from ..http_api.call_policy import CallPolicy, Send, Steps

T = TypeVar("T")


class RetryingClient:
    """Makes calls as ``policy`` decides."""

    def __init__(self, policy: CallPolicy, sleep: Callable[[float], None]) -> None:
        self._policy = policy
        self._sleep = sleep

    def call(
        self,
        attempt: Callable[[float], T | CallFailure],
        *,
        repeatable: bool = True,
        in_doubt: Callable[[T | CallFailure], T | CallFailure] | None = None,
    ) -> T | CallFailure:
        """What ``attempt`` makes of the service's response.

        Args:
            attempt: sends the request once. Its argument is its time limit in seconds.
            repeatable: whether the request may be sent again though it may have worked.
            in_doubt: what an answer means if an earlier attempt may have acted.
        """
        steps: Steps[T] = self._policy.steps(repeatable=repeatable, in_doubt=in_doubt)
        answer: T | CallFailure | None = None
        try:
            while True:
                step = steps.send(answer)
                if isinstance(step, Send):
                    answer = attempt(step.seconds)
                else:
                    self._sleep(step.seconds)
                    answer = None
        except StopIteration as end:
            result: T | CallFailure = end.value
            return result
        finally:
            steps.close()
