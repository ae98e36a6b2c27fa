"""Classifies a failed attempt: did it change anything, and can a retry help?"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ProxyConnectionError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from .attributes import Item

NON_BOTOCORE_ERRORS: Final = (
    ResponseParserError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What botocore raises beside its own errors, when a reply, an AWS file or an AWS variable is
malformed. This is the only list of these errors."""

ATTEMPT_ERRORS: Final = (ClientError, BotoCoreError, *NON_BOTOCORE_ERRORS)
"""Everything that an attempt can raise."""

_NOT_SENT_ERRORS: Final = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    ProxyConnectionError,
)
_REPLY_LOST_ERRORS: Final = (HTTPClientError, SSLError, IncompleteReadError, ChecksumError)
CONDITION_FAILED: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
_TABLE_MISSING_CODES: Final = frozenset(
    {
        "ResourceInUseException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "TableNotFoundException",
    }
)
"""DynamoDB's error codes for a table that does not exist, or is being created or deleted."""
THROTTLING: Final = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
    }
)
"""The codes of a request that exceeds a rate limit; the same request may work later."""
_PASSING: Final = THROTTLING | frozenset(
    {
        "LimitExceededException",
        "ReplicatedWriteConflictException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_MAX_LINE: Final = 500


class FailureKind(Enum):
    """What a failed attempt means."""

    CONDITION_FAILED = auto()
    """A condition was not met. Nothing changed."""
    TRANSIENT = auto()
    """Nothing changed, and a retry may succeed."""
    REPLY_LOST = auto()
    """The change may have happened: no valid reply came back."""
    TABLE_MISSING = auto()
    """Nothing changed: the table does not exist, or is being created or deleted."""
    FAULT = auto()
    """Nothing changed, and no retry succeeds until an operator fixes something."""


class ForeignReplyError(BotoCoreError):
    """The reply does not come from AWS. A ``BotoCoreError``, so that the same handlers catch it."""

    fmt = "the reply does not come from AWS: {cause}"


@contextmanager
def refuse_foreign_replies() -> Generator[None]:
    """Raise ForeignReplyError instead of any of the ``NON_BOTOCORE_ERRORS``.

    Use it only around calls of AWS and around the code that reads their replies. Elsewhere it would
    hide mistakes of this service.
    """
    try:
        yield
    except (ClientError, BotoCoreError):
        # Some of these are also a ValueError or an OSError, which the next clause would catch.
        raise
    except NON_BOTOCORE_ERRORS as error:
        raise ForeignReplyError(cause=describe_error(error)) from error


def one_line(text: str) -> str:
    """``text`` as one short printable line. Another server may send anything, such as HTML."""
    line = " ".join(text.split())
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}…"


def has_aws_error_code(error: ClientError) -> bool:
    """Whether AWS named the error. For a reply without a name botocore puts the status there."""
    return not error_code(error).isdigit()


def error_code(error: ClientError) -> str:
    """The error code, such as ``ValidationException``. Text of any kind if AWS did not send it."""
    return _member(error, "Code")


def error_message(error: ClientError) -> str:
    """The error message. Text of any kind if AWS did not send it."""
    return _member(error, "Message")


def _member(error: ClientError, name: str) -> str:
    response: Mapping[str, Any] = error.response
    found = response.get("Error", {}).get(name, "")
    return one_line(found if isinstance(found, str) else repr(found))


def describe_error(error: Exception) -> str:
    """The type of ``error`` and its message, on one line. Some messages are empty."""
    return one_line(f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class CallFailure:
    """One failed attempt."""

    kind: FailureKind
    cause: str
    """A description for the operator."""
    code: str = ""
    """The cause as a short code that is the same for every request."""
    index: int = 0
    """The index of the failed write in its transaction, from 0."""
    item: Item | None = None
    """The item that did not meet the condition; None if it does not exist or was not requested."""


def classify_failure(error: Exception) -> CallFailure:
    """Classify ``error``, which is one of ``ATTEMPT_ERRORS``."""
    if isinstance(error, ClientError):
        try:
            return _classify_reply(error.response)
        except NON_BOTOCORE_ERRORS:
            # The reply has values of other types than DynamoDB's replies.
            return CallFailure(FailureKind.REPLY_LOST, "an error reply that is not DynamoDB's")
    kind = FailureKind.FAULT
    if isinstance(error, _NOT_SENT_ERRORS):
        kind = FailureKind.TRANSIENT
    elif isinstance(error, _REPLY_LOST_ERRORS) or not isinstance(error, BotoCoreError):
        kind = FailureKind.REPLY_LOST
    return CallFailure(kind, describe_error(error), type(error).__name__)


def _classify_reply(response: Mapping[str, Any]) -> CallFailure:
    error: Mapping[str, str] = response["Error"]
    for index, reason in enumerate(response.get("CancellationReasons", ())):
        # The first reason decides, as if the writes were made one after the other.
        if reason.get("Code", "None") != "None":
            cause = f"TransactionCanceledException, write {index}: {_text(reason)}"
            code = reason["Code"]
            return CallFailure(_kind(code, 400), cause, code, index, reason.get("Item"))
    metadata = response["ResponseMetadata"]
    status: int = metadata["HTTPStatusCode"]
    code = error["Code"]
    if code.isdigit():
        # DynamoDB names its errors, so this reply was damaged or comes from another server. The
        # cause does not quote it: it may hold a customer's data or a page of HTML.
        kind = FailureKind.REPLY_LOST if code == "400" else _kind(code, status)
        return CallFailure(kind, f"HTTP {code}, and the reply is not DynamoDB's", code)
    # AWS Support asks for the request's id.
    cause = f"HTTP {status}, {_text(error)} (request {metadata.get('RequestId', 'unnamed')})"
    return CallFailure(_kind(code, status), cause, code, item=response.get("Item"))


def _kind(code: str, status: int) -> FailureKind:
    if code in CONDITION_FAILED:
        return FailureKind.CONDITION_FAILED
    if code in _TABLE_MISSING_CODES:
        return FailureKind.TABLE_MISSING
    if code in _PASSING or status == 429:  # noqa: PLR2004 (Too Many Requests)
        return FailureKind.TRANSIENT
    # "When you receive a 500 on a write operation, the operation may have succeeded or failed"
    # (Amazon DynamoDB Developer Guide, "Error handling"). The same holds for a proxy's 502 to 504.
    return FailureKind.REPLY_LOST if status >= 500 else FailureKind.FAULT  # noqa: PLR2004


def _text(error: Mapping[str, str]) -> str:
    return f"{error['Code']}: {error.get('Message', '')}"
