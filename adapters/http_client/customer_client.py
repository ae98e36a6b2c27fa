"""The client of the service over HTTP, for threads."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, Self, TypeVar, Unpack

from ...domain.audit import AuditPage
from ...domain.customer_page import DEFAULT_PAGE, CustomerPage
from ...domain.customer_profile import AddedCustomer, CustomerProfile
from ...domain.fields import Profile
from ...domain.session import ContextId, LoginResult, Session
from ...domain.session_details import SessionSummary
from ...ports.customer_client import BearerClient, CustomerClient
from ..http_api import account_calls, administration_calls, customer_calls
from ..http_api.api_call import Answer, ApiCall, result_of
from ..http_api.service_url import ServiceUrl
from ..runtime import monotonic, sleep, uniform
from .call_sender import CallSender, Timing
from .client_owner import ClientOwner

T = TypeVar("T")


class _Send(Protocol):
    """Makes a call, and returns its result."""

    def __call__(self, call: ApiCall[T], /) -> T: ...


class HttpCustomerClient(ClientOwner[CallSender], CustomerClient):
    """Calls the customer service at ``url``. Make one for the process, and share it among threads.

    Calls are sent again only where that is harmless: reads, a registration with an
    ``idempotency_key``, and what the service cannot have received. A forked child has its own
    connections and its own circuit breaker.

    Args:
        url: where the service answers, such as ``http://127.0.0.1:30000``.
        time_limit: seconds that a call may take, whatever the service does. Only the look-up of
            a host name may take longer. A login hashes a password, and may wait for others.
        connections: how many connections to keep open, one for each thread that calls.

    Raises:
        SettingsError: the URL, the time limit or the number of connections is invalid.
    """

    def __init__(
        self,
        url: str,
        *,
        time_limit: float = 5.0,
        connections: int = 10,
        sleep: Callable[[float], None] = sleep,
        monotonic: Callable[[], float] = monotonic,
        uniform: Callable[[float, float], float] = uniform,
    ) -> None:
        def make_sender() -> CallSender:
            return CallSender.open(
                url,
                name="the customer service",
                time_limit=time_limit,
                connections=connections,
                timing=Timing(sleep, monotonic, uniform),
            )

        self.url = str(ServiceUrl.parse(url))
        """Where the service answers."""
        self.time_limit = time_limit
        """Seconds that a call may take."""
        super().__init__(make_sender)

    def check_session(
        self, context_id: str | None, *, customer_id: str | None = None, role: str | None = None
    ) -> Session:
        return self._client.get().check_session(context_id, customer_id=customer_id, role=role)

    def add_customer(
        self,
        *,
        email: str,
        password: str,
        customer_id: str | None = None,
        source: str | None = None,
        idempotency_key: str | None = None,
        **profile: Unpack[Profile[str]],
    ) -> AddedCustomer:
        return self._send(
            customer_calls.add_customer(
                email=email,
                password=password,
                customer_id=customer_id,
                source=source,
                idempotency_key=idempotency_key,
                **profile,
            )
        )

    def login(
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
        return self._send(
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

    def logout(self, context_id: str | None, *, customer_id: str | None = None) -> str:
        return self._send(customer_calls.logout(ContextId.parse_pair(context_id, customer_id)))

    def request_password_reset(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        self._send(
            customer_calls.request_password_reset(
                customer_id=customer_id, email=email, source=source
            )
        )

    def complete_password_reset(
        self, *, token: str, password: str, source: str | None = None
    ) -> str:
        return self._send(
            customer_calls.complete_password_reset(token=token, password=password, source=source)
        )

    def request_email_verification(
        self, *, customer_id: str | None = None, email: str | None = None, source: str | None = None
    ) -> None:
        self._send(
            customer_calls.request_email_verification(
                customer_id=customer_id, email=email, source=source
            )
        )

    def complete_email_verification(self, *, token: str, source: str | None = None) -> str:
        return self._send(customer_calls.complete_email_verification(token=token, source=source))

    def as_bearer(self, context_id: str) -> BearerClient:
        return HttpBearerClient(self._send, context_id)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, call: ApiCall[T]) -> T:
        answer: Answer[T] = self._client.get().answer(call)
        return result_of(call, answer)


class HttpBearerClient(BearerClient):
    """Calls the service with the ``context_id`` of one customer."""

    def __init__(self, send: _Send, context_id: str) -> None:
        self._send = send
        self._context_id = ContextId.parse(context_id).secret

    def get_account(self) -> CustomerProfile:
        return self._send(account_calls.get_account(self._context_id))

    def update_account(
        self, *, if_version: int | None = None, **profile: Unpack[Profile[str | None]]
    ) -> int:
        call = account_calls.update_account(self._context_id, if_version=if_version, **profile)
        return self._send(call)

    def change_email(self, email: str) -> bool:
        return self._send(account_calls.change_email(self._context_id, email))

    def change_password(
        self,
        *,
        password: str,
        new_password: str,
        device_token: str | None = None,
        source: str | None = None,
        user_agent: str | None = None,
    ) -> LoginResult:
        return self._send(
            account_calls.change_password(
                self._context_id,
                password=password,
                new_password=new_password,
                device_token=device_token,
                source=source,
                user_agent=user_agent,
            )
        )

    def delete_account(self, *, if_version: int | None = None) -> None:
        self._send(account_calls.delete_account(self._context_id, if_version=if_version))

    def list_own_sessions(self) -> tuple[SessionSummary, ...]:
        return self._send(account_calls.list_own_sessions(self._context_id))

    def end_session(self, session_id: str) -> None:
        self._send(account_calls.end_session(self._context_id, session_id))

    def end_other_sessions(self) -> None:
        self._send(account_calls.end_other_sessions(self._context_id))

    def get_customer(self, customer_id: str) -> CustomerProfile:
        return self._send(administration_calls.get_customer(self._context_id, customer_id))

    def list_customers(
        self, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        return self._send(
            administration_calls.list_customers(self._context_id, cursor=cursor, limit=limit)
        )

    def find_customers(
        self, email: str, *, cursor: str | None = None, limit: int = DEFAULT_PAGE
    ) -> CustomerPage:
        return self._send(
            administration_calls.find_customers(self._context_id, email, cursor=cursor, limit=limit)
        )

    def update_customer(
        self,
        customer_id: str,
        *,
        if_version: int | None = None,
        email: str | None = None,
        password: str | None = None,
        **profile: Unpack[Profile[str | None]],
    ) -> int:
        return self._send(
            administration_calls.update_customer(
                self._context_id,
                customer_id,
                if_version=if_version,
                email=email,
                password=password,
                **profile,
            )
        )

    def delete_customer(self, customer_id: str, *, if_version: int | None = None) -> None:
        self._send(
            administration_calls.delete_customer(
                self._context_id, customer_id, if_version=if_version
            )
        )

    def list_sessions(self, customer_id: str) -> tuple[SessionSummary, ...]:
        return self._send(administration_calls.list_sessions(self._context_id, customer_id))

    def end_sessions(self, customer_id: str) -> None:
        self._send(administration_calls.end_sessions(self._context_id, customer_id))

    def read_records(
        self,
        customer_id: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> AuditPage:
        return self._send(
            administration_calls.read_records(
                self._context_id,
                customer_id,
                since=since,
                until=until,
                cursor=cursor,
                limit=limit,
            )
        )

    def unlock(self, customer_id: str) -> None:
        self._send(administration_calls.unlock(self._context_id, customer_id))
