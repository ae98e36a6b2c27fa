"""The clients of the customer service, for other programs.

Each one is a ``CustomerClient``, or its like for asyncio, so a program can change the way and keep
its code::

    with HttpCustomerClient("http://127.0.0.1:30000") as client:
        result = client.login(email="ann@shop.example", password=password)
        account = client.as_bearer(result.context_id).get_account()

The clients for threads need no other package. Those for asyncio need the extra ``async``, and are
loaded when they are first named.
"""

from typing import TYPE_CHECKING

from ..adapters.extras import requires_extra
from ..adapters.forking.fork_safe_lock import no_fork
from ..adapters.http_client.customer_client import HttpCustomerClient
from ..ports.customer_client import BearerClient, CustomerAdministration, CustomerClient

if TYPE_CHECKING:
    from ..adapters.async_http_client.bearer_client import AsyncHttpBearerClient
    from ..adapters.async_http_client.customer_client import AsyncHttpCustomerClient

__all__ = [
    "AsyncHttpBearerClient",
    "AsyncHttpCustomerClient",
    "BearerClient",
    "CustomerAdministration",
    "CustomerClient",
    "HttpCustomerClient",
]

# Type checkers must not see it: they would then accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in ("AsyncHttpBearerClient", "AsyncHttpCustomerClient"):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with no_fork, requires_extra("async"):
            from ..adapters.async_http_client import (  # noqa: PLC0415 (h11)
                bearer_client,
                customer_client,
            )

        if name == "AsyncHttpBearerClient":
            return bearer_client.AsyncHttpBearerClient
        return customer_client.AsyncHttpCustomerClient
