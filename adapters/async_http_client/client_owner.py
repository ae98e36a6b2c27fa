"""The base of the clients: their arguments, and one client for each event loop."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from ..event_loop.loop_owner import LoopOwner
from ..http_api.api_call import Answer, ApiCall
from ..http_api.call_policy import CallPolicy
from ..http_api.outage_log import OutageLog
from ..http_api.transport_rules import checked_connections
from ..runtime import monotonic, uniform
from ..time_limit import checked_time_limit
from .retrying_client import RetryingClient
from .server import Server
from .transport import AsyncTransport

T = TypeVar("T")


class ClientOwner(LoopOwner[RetryingClient]):
    """Owns a client of the service at ``url`` for each event loop.

    Args:
        url: where the service answers.
        name: what is asked there, for the log, such as "the session check".
        time_limit: seconds that a call may take.
        connections: how many connections an event loop may have open.

    Raises:
        SettingsError: the URL, the time limit or the number of connections is invalid.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        time_limit: float,
        connections: int,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        server = Server.at(url)
        checked_time_limit(time_limit)
        checked_connections(connections)
        self.url = str(server.url)
        """Where the service answers."""
        self.time_limit = time_limit
        """Seconds that a call may take."""
        self._closed = False
        log = OutageLog(f"{name} at {server.url}")

        def make() -> RetryingClient:
            transport = AsyncTransport(server, connections=connections)
            if self._closed:
                transport.refuse()
            policy = CallPolicy(time_limit, log, monotonic=monotonic, uniform=uniform)
            return RetryingClient(transport, policy, sleep)

        super().__init__(make)

    async def aclose(self) -> None:
        self._closed = True
        await super().aclose()

    async def _answer(self, call: ApiCall[T]) -> Answer[T]:
        return await self._local.get().answer(call)
