"""The client of the service over HTTP, for asyncio."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar, Unpack

from ...domain.customer_profile import AddedCustomer
from ...domain.fields import Profile
from ...domain.session import ContextId, LoginResult
from ..http_api import customer_calls
from ..http_api.api_call import Answer, ApiCall, result_of
from ..runtime import monotonic, uniform
from .bearer_client import AsyncHttpBearerClient
from .session_checker import CheckingClient

_MAX_BODY: Final = 1024 * 1024
"""Bytes. A page of 1000 audit records has about half of that."""

T = TypeVar("T")


class AsyncHttpCustomerClient(CheckingClient):
    """Calls the customer service at ``url``. Make one for the process.

    The methods are those of ``CustomerClient``, as coroutines: the same results, errors, retries
    and limits. It may be made before the event loop runs. Each event loop has its own connections
    and its own circuit breaker; a forked child has so too. ``await client.aclose()``, or
    ``async with client``, closes the connections.

    A call that is cancelled leaves its outcome unknown: the service may have received it.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a call may take, whatever the service does. A login hashes a
            password, and may wait for others.
        connections: how many connections an event loop may have open. Further calls wait for one,
            within their time limit.

    Raises:
        SettingsError: the URL, the time limit or the number of connections is invalid.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float = 5.0,
        connections: int = 100,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        super().__init__(
            url,
            "the customer service",
            time_limit=time_limit,
            connections=connections,
            max_body=_MAX_BODY,
            sleep=sleep,
            monotonic=monotonic,
            uniform=uniform,
        )

    async def add_customer(
        self,
        *,
        email: str,
        password: str,
        customer_id: str | None = None,
        source: str | None = None,
        idempotency_key: str | None = None,
        **profile: Unpack[Profile[str]],
    ) -> AddedCustomer:
        return await self._send(
            customer_calls.add_customer(
                email=email,
                password=password,
                customer_id=customer_id,
                source=source,
                idempotency_key=idempotency_key,
                **profile,
            )
        )

    async def login(
        self,
        *,
        password: str,
        customer_id: str | None = None,
        email: str | None = None,
        device_token: str | None = None,
        context_id: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
    ) -> LoginResult:
        return await self._send(
            customer_calls.login(
                password=password,
                customer_id=customer_id,
                email=email,
                device_token=device_token,
                context_id=context_id,
                source=source,
                user_agent=user_agent,
            )
        )

    async def logout(self, context_id: str | None, *, customer_id: str | None = None) -> str:
        return await self._send(
            customer_calls.logout(ContextId.parse_pair(context_id, customer_id))
        )

    async def request_password_reset(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        await self._send(
            customer_calls.request_password_reset(
                customer_id=customer_id, email=email, source=source
            )
        )

    async def complete_password_reset(
        self, *, token: str, password: str, source: str | None = None
    ) -> str:
        return await self._send(
            customer_calls.complete_password_reset(token=token, password=password, source=source)
        )

    async def request_email_verification(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        await self._send(
            customer_calls.request_email_verification(
                customer_id=customer_id, email=email, source=source
            )
        )

    async def complete_email_verification(self, *, token: str, source: str | None = None) -> str:
        return await self._send(
            customer_calls.complete_email_verification(token=token, source=source)
        )

    def as_bearer(self, context_id: str) -> AsyncHttpBearerClient:
        """The client of the customer whose session ``context_id`` opens. It asks nothing yet."""
        return AsyncHttpBearerClient(self._send, context_id)

    async def _send(self, call: ApiCall[T]) -> T:
        answer: Answer[T] = await self._answer(call)
        return result_of(call, answer)
