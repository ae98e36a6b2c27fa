"""The clients of the customer service, for other programs.

Each one is a ``CustomerClient``, or its like for asyncio, so a program can change the way and keep
its code::

    with HttpCustomerClient("http://127.0.0.1:30000") as client:
        result = client.login(email="ann@shop.example", password=password)
        account = client.as_bearer(result.context_id).get_account()

The clients over HTTP need no other package. Each client is loaded when it is first named.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from ..adapters.forking.fork_safe_lock import no_fork
from ..adapters.http_client.customer_client import HttpCustomerClient
from ..ports.customer_client import BearerClient, CustomerAdministration, CustomerClient

if TYPE_CHECKING:
    from ..adapters.async_http_client.bearer_client import AsyncHttpBearerClient
    from ..adapters.async_http_client.customer_client import AsyncHttpCustomerClient
    from ..adapters.direct.customer_client import DirectCustomerClient, OperatorClient

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

_MODULES: Final = {
    "AsyncHttpBearerClient": "async_http_client.bearer_client",
    "AsyncHttpCustomerClient": "async_http_client.customer_client",
    "DirectCustomerClient": "direct.customer_client",
    "OperatorClient": "direct.customer_client",
}
"""In ``adapters``; the module of each client that not every program needs."""

# Type checkers must not see it: they would then accept any name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Load the client ``name`` from its module (PEP 562)."""
        module = _MODULES.get(name)
        if module is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        # A child that was forked during an import would wait forever for its end.
        with no_fork:
            return getattr(import_module(f"...adapters.{module}", __name__), name)
