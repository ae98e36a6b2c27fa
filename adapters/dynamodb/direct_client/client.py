"""A client with the operations of the data path, under the names that botocore's client has."""

from collections.abc import Mapping
from time import monotonic
from typing import Any

from ..call_limits import CallLimits
from .credential_source import CredentialSource
from .endpoint import Endpoint
from .reply_reader import read_reply
from .request_encoder import RequestEncoder
from .signer import Signer
from .transport import Transport

Reply = dict[str, Any]


class DirectClient:
    """Sends requests over its own connections. The threads of one process share it.

    It does what ``DynamoDBGateway`` needs of botocore's client, in a small part of the CPU time.
    It makes one attempt without a retry, returns the reply as a dictionary, and raises botocore's
    errors. Unlike botocore's, each attempt ends in time even if the reply arrives byte by byte.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: CredentialSource,
        limits: CallLimits,
        *,
        connections: int,
        user_agent: str,
    ) -> None:
        self._credentials = credentials
        self._limits = limits
        signer = Signer(endpoint.region, endpoint.path)
        self._encoder = RequestEncoder(endpoint, user_agent, signer=signer)
        self._transport = Transport(endpoint, limits, connections=connections)

    def batch_get_item(self, **request: object) -> Reply:
        return self._send("BatchGetItem", request)

    def batch_write_item(self, **request: object) -> Reply:
        return self._send("BatchWriteItem", request)

    def delete_item(self, **request: object) -> Reply:
        return self._send("DeleteItem", request)

    def get_item(self, **request: object) -> Reply:
        return self._send("GetItem", request)

    def put_item(self, **request: object) -> Reply:
        return self._send("PutItem", request)

    def query(self, **request: object) -> Reply:
        return self._send("Query", request)

    def scan(self, **request: object) -> Reply:
        return self._send("Scan", request)

    def transact_write_items(self, **request: object) -> Reply:
        return self._send("TransactWriteItems", request)

    def update_item(self, **request: object) -> Reply:
        return self._send("UpdateItem", request)

    def close(self) -> None:
        """Close the connections, and end the background threads."""
        self._transport.close()
        self._credentials.close()

    def _send(self, operation: str, request: Mapping[str, object]) -> Reply:
        began = monotonic()
        deadline = began + self._limits.max_attempt_seconds
        credentials = self._credentials.current(began + self._limits.connect_timeout)
        data = self._encoder.encode(operation, request, credentials)
        return read_reply(operation, self._transport.exchange(data, deadline=deadline))
