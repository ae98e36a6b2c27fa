"""Writes the bytes of a signed request.

Amazon DynamoDB Developer Guide, "DynamoDB low-level API": JSON 1.0 in a POST whose header
``X-Amz-Target`` names the operation.
"""

from base64 import b64encode
from collections.abc import Mapping
from json import JSONEncoder
from typing import Any, Final

from .credential_source import FrozenCredentials
from .endpoint import Endpoint
from .signer import Signer

CONTENT_TYPE: Final = "application/x-amz-json-1.0"
_TARGET: Final = "DynamoDB_20120810."


class RequestEncoder:
    """Encodes requests to one endpoint."""

    def __init__(self, endpoint: Endpoint, user_agent: str, *, signer: Signer) -> None:
        self._signer = signer
        self._host = endpoint.authority
        self._to_json = JSONEncoder(separators=(",", ":"), allow_nan=False, default=_binary).encode
        self._head = (
            f"POST {endpoint.path} HTTP/1.1\r\nHost: {endpoint.authority}\r\n"
            f"User-Agent: {user_agent}\r\nAccept-Encoding: identity\r\n"
            f"Content-Type: {CONTENT_TYPE}\r\n"
        )

    def encode(
        self, operation: str, request: Mapping[str, Any], credentials: FrozenCredentials
    ) -> bytes:
        """The bytes of a request for ``operation``, such as ``GetItem``.

        Raises:
            TypeError, ValueError: a value of ``request`` has no form in JSON.
        """
        body = self._to_json(request).encode()
        timestamp = self._signer.timestamp()
        target = _TARGET + operation
        headers = {"content-type": CONTENT_TYPE, "host": self._host, "x-amz-date": timestamp}
        token = ""
        if credentials.token is not None:
            headers["x-amz-security-token"] = credentials.token
            token = f"X-Amz-Security-Token: {credentials.token}\r\n"
        headers["x-amz-target"] = target
        authorization = self._signer.authorization(headers, body, timestamp, credentials)
        head = (
            f"{self._head}X-Amz-Date: {timestamp}\r\n{token}X-Amz-Target: {target}\r\n"
            f"Authorization: {authorization}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("latin-1") + body


def _binary(value: object) -> str:
    """A binary attribute as JSON has it."""
    if not isinstance(value, bytes):
        raise TypeError(f"a value of type {type(value).__name__} has no form in JSON")
    return b64encode(value).decode()
