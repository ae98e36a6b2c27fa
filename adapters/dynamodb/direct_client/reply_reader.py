"""Reads a reply, and raises botocore's errors: ``call_failure`` classifies those of both clients.

Amazon DynamoDB Developer Guide, "DynamoDB low-level API" and "Error handling with DynamoDB".
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from json import loads
from typing import Any, Final, cast
from zlib import crc32

from botocore.exceptions import ChecksumError, ClientError
from botocore.parsers import ResponseParserError

from ...http_api.http_response import HttpResponse
from .reply_shape import check_shape

_NAME: Final = re.compile(r"(?:[^#:]*#)?([^#:]+)(?::.*)?", re.DOTALL)
"""The name of an error. It may have a prefix up to ``#`` and a suffix from ``:`` on."""


def read_reply(operation: str, response: HttpResponse) -> dict[str, Any]:
    """The reply to ``operation``, with ``ResponseMetadata`` as botocore makes it.

    Raises:
        ClientError: DynamoDB refused the request, or the status is an error.
        ChecksumError: the body is not the one that DynamoDB sent.
        ResponseParserError, ValueError: it is no reply of DynamoDB.
    """
    _check_checksum(response)
    headers = response.headers
    metadata: dict[str, Any] = {"HTTPStatusCode": response.status, "HTTPHeaders": headers}
    if "x-amzn-requestid" in headers:
        metadata["RequestId"] = headers["x-amzn-requestid"]
    if response.status != HTTPStatus.OK:
        raise _refusal(operation, response, metadata)
    try:
        parsed: object = loads(response.body.decode())
    except (ValueError, RecursionError):
        # The error quotes nothing, because the body may be anything.
        raise ResponseParserError("the reply is not DynamoDB's") from None
    if not isinstance(parsed, dict):
        raise ResponseParserError("the reply is not DynamoDB's")
    reply = check_shape(cast("dict[str, Any]", parsed))
    reply["ResponseMetadata"] = metadata
    return reply


def _check_checksum(response: HttpResponse) -> None:
    expected = response.headers.get("x-amz-crc32")
    if expected is None:
        return
    actual = str(crc32(response.body))
    if actual != expected:
        # The header may be anything, so the error does not quote it.
        raise ChecksumError(
            checksum_type="crc32", expected_checksum="another one", actual_checksum=actual
        )


def _refusal(operation: str, response: HttpResponse, metadata: Mapping[str, Any]) -> Exception:
    """The error for a reply with another status than 200."""
    status = response.status
    if status < HTTPStatus.MOVED_PERMANENTLY:
        return ResponseParserError(f"the reply has the status {status}")
    body = _json_object(response.body)
    # As in botocore, an error without a name gets the status as its name.
    name, message = body.get("__type", str(status)), body.get("message", body.get("Message", ""))
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        return ResponseParserError("the error has no name")
    details: dict[str, Any] = {
        key: body[key] for key in ("CancellationReasons", "Item") if key in body
    }
    error: Any = check_shape(details)
    error["Error"] = {"Code": match[1], "Message": message}
    error["ResponseMetadata"] = metadata
    return ClientError(error, operation)


def _json_object(body: bytes) -> dict[str, Any]:
    """The object in ``body``. Empty if ``body`` is not JSON, such as the HTML page of a proxy.

    Raises:
        ResponseParserError: ``body`` is JSON and no object.
    """
    try:
        parsed: object = loads(body.decode())
    except (ValueError, RecursionError):
        return {}
    if not isinstance(parsed, dict):
        raise ResponseParserError("the error reply is no object")
    return cast("dict[str, Any]", parsed)
