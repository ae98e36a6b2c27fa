"""The session check over HTTP, for asyncio."""

import asyncio
from collections.abc import Awaitable, Callable

from ...domain.session import ContextId, Session
from ...ports.async_session_checker import AsyncSessionChecker
from ..http_api.session_call import check_session, require_session
from ..runtime import monotonic, uniform
from .client_owner import ClientOwner


class CheckingClient(ClientOwner, AsyncSessionChecker):
    """A client with the session check."""

    async def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        claimed = ContextId.parse_pair(context_id, customer_id)
        verdict = await self._answer(check_session(claimed))
        return require_session(verdict, role)


class AsyncHttpSessionChecker(CheckingClient):
    """Asks the customer service at ``url``. A logout is effective for the very next check.

    A malformed ``context_id``, and one of another customer, is refused without a request. Make one
    checker for the process. Each event loop has its own connections and its own circuit breaker;
    a forked child has so too.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a check may take, whatever the service does.
        connections: how many connections an event loop may have open. Further checks wait for one,
            within their time limit.

    Raises:
        SettingsError: the URL, the time limit or the number of connections is invalid.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float = 2.0,
        connections: int = 100,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        super().__init__(
            url,
            "the session check",
            time_limit=time_limit,
            connections=connections,
            sleep=sleep,
            monotonic=monotonic,
            uniform=uniform,
        )
