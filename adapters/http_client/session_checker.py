"""The session check over HTTP."""

from collections.abc import Callable

from ...domain.session import Session
from ...ports.session_checker import SessionChecker
from ..runtime import monotonic, sleep, uniform
from .call_sender import CallSender, Timing
from .client_owner import ClientOwner


class HttpSessionChecker(ClientOwner[CallSender], SessionChecker):
    """Asks the customer service at ``url``. A logout is effective for the very next check.

    A malformed ``context_id``, and one of another customer, is refused without a request. Make one
    checker for the process, and share it among threads. A forked child has its own connections
    and its own circuit breaker. ``HttpCustomerClient`` is a checker too.

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
        def make_sender() -> CallSender:
            return CallSender.open(
                url,
                name="the session check",
                time_limit=time_limit,
                connections=connections,
                timing=Timing(sleep, monotonic, uniform),
            )

        super().__init__(make_sender)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        return self._client.get().check_session(context_id, customer_id=customer_id, role=role)
