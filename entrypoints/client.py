"""The clients of the customer service, for other programs.

Each one is a ``CustomerClient``, or its like for asyncio, so a program can change the way and keep
its code::

    with HttpCustomerClient("http://127.0.0.1:30000") as client:
        result = client.login(email="ann@shop.example", password=password)
        account = client.as_bearer(result.context_id).get_account()
"""

from ..adapters.direct.customer_client import DirectCustomerClient, OperatorClient
from ..adapters.http_client.customer_client import HttpCustomerClient
from ..ports.customer_client import BearerClient, CustomerAdministration, CustomerClient

__all__ = [
    "BearerClient",
    "CustomerAdministration",
    "CustomerClient",
    "DirectCustomerClient",
    "HttpCustomerClient",
    "OperatorClient",
]
