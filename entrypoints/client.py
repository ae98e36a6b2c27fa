"""The clients of the customer service, for other programs.

Each one is a ``CustomerClient``, or its like for asyncio, so a program can change the way and keep
its code::

    with HttpCustomerClient("http://127.0.0.1:30000") as client:
        result = client.login(email="ann@shop.example", password=password)
        account = client.as_bearer(result.context_id).get_account()

The clients for asyncio are loaded when they are first named, so others do not load asyncio.
"""

from typing import TYPE_CHECKING

from ..adapters.direct.customer_client import DirectCustomerClient, OperatorClient
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
    "DirectCustomerClient",
    "HttpCustomerClient",
    "OperatorClient",
]


def __getattr__(name: str) -> object:
    if name not in ("AsyncHttpBearerClient", "AsyncHttpCustomerClient"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ..adapters.async_http_client import (  # noqa: PLC0415 (asyncio)
        bearer_client,
        customer_client,
    )

    if name == "AsyncHttpBearerClient":
        return bearer_client.AsyncHttpBearerClient
    return customer_client.AsyncHttpCustomerClient
