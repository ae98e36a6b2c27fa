"""The calls of one customer over HTTP, for asyncio."""

from datetime import datetime
from typing import Protocol, TypeVar, Unpack

from ...domain.audit import AuditPage
from ...domain.customer_page import DEFAULT_PAGE, CustomerPage
from ...domain.customer_profile import CustomerProfile
from ...domain.fields import Profile
from ...domain.session import ContextId, LoginResult
from ...domain.session_details import SessionSummary
from ..http_api import account_calls, administration_calls
from ..http_api.api_call import ApiCall

T = TypeVar("T")


class _Send(Protocol):
    """Makes a call, and returns its result."""

    async def __call__(self, call: ApiCall[T], /) -> T: ...


class AsyncHttpBearerClient:
    """Calls the service with the ``context_id`` of one customer.

    The methods are those of ``BearerClient``, as coroutines.
    """

    def __init__(self, send: _Send, context_id: str) -> None:
        self._send = send
        self._context_id = ContextId.parse(context_id).secret

    async def get_account(self) -> CustomerProfile:
        return await self._send(account_calls.get_account(self._context_id))

    async def update_account(
        self, *, if_version: int | None = None, **profile: Unpack[Profile[str | None]]
    ) -> int:
        call = account_calls.update_account(self._context_id, if_version=if_version, **profile)
        return await self._send(call)

    async def change_email(self, email: str) -> bool:
        return await self._send(account_calls.change_email(self._context_id, email))

    async def change_password(
        self,
        *,
        password: str,
        new_password: str,
        device_token: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
    ) -> LoginResult:
        return await self._send(
            account_calls.change_password(
                self._context_id,
                password=password,
                new_password=new_password,
                device_token=device_token,
                source=source,
                user_agent=user_agent,
            )
        )

    async def delete_account(self, *, if_version: int | None = None) -> None:
        await self._send(account_calls.delete_account(self._context_id, if_version=if_version))

    async def list_own_sessions(self) -> tuple[SessionSummary, ...]:
        return await self._send(account_calls.list_own_sessions(self._context_id))

    async def end_session(self, session_id: str) -> None:
        await self._send(account_calls.end_session(self._context_id, session_id))

    async def end_other_sessions(self) -> None:
        await self._send(account_calls.end_other_sessions(self._context_id))

    async def get_customer(self, customer_id: str) -> CustomerProfile:
        return await self._send(administration_calls.get_customer(self._context_id, customer_id))

    async def list_customers(
        self, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        return await self._send(
            administration_calls.list_customers(self._context_id, cursor=cursor, limit=limit)
        )

    async def find_customers(
        self, email: str, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        return await self._send(
            administration_calls.find_customers(self._context_id, email, cursor=cursor, limit=limit)
        )

    async def update_customer(
        self,
        customer_id: str,
        *,
        if_version: int | None = None,
        email: str | None = None,
        password: str | None = None,
        **profile: Unpack[Profile[str | None]],
    ) -> int:
        return await self._send(
            administration_calls.update_customer(
                self._context_id,
                customer_id,
                if_version=if_version,
                email=email,
                password=password,
                **profile,
            )
        )

    async def delete_customer(self, customer_id: str, *, if_version: int | None = None) -> None:
        await self._send(
            administration_calls.delete_customer(
                self._context_id, customer_id, if_version=if_version
            )
        )

    async def list_sessions(self, customer_id: str) -> tuple[SessionSummary, ...]:
        return await self._send(administration_calls.list_sessions(self._context_id, customer_id))

    async def end_sessions(self, customer_id: str) -> None:
        await self._send(administration_calls.end_sessions(self._context_id, customer_id))

    async def read_records(
        self,
        customer_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        return await self._send(
            administration_calls.read_records(
                self._context_id,
                customer_id,
                since=since,
                until=until,
                cursor=cursor,
                limit=limit,
            )
        )

    async def unlock(self, customer_id: str) -> None:
        await self._send(administration_calls.unlock(self._context_id, customer_id))
