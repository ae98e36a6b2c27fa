"""What a failed attempt means: what happened in the store, and whether another may help."""

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

FOREIGN_ERRORS: Final = (
    ResponseParserError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What botocore raises outside its own family: over a reply, a file or a variable of AWS's that is
not what it should be. The only list of these errors."""

ATTEMPT_ERRORS: Final = (ClientError, BotoCoreError, *FOREIGN_ERRORS)
"""Everything an attempt can raise."""

_NOT_SENT: Final = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    ProxyConnectionError,
)
_REPLY_LOST: Final = (HTTPClientError, SSLError, IncompleteReadError, ChecksumError)
CONDITION_FAILED: Final = frozenset({"ConditionalCheckFailed", "ConditionalCheckFailedException"})
_MISSING: Final = frozenset(
    {
        "ResourceInUseException",
        "ResourceNotFound",
        "ResourceNotFoundException",
        "TableNotFoundException",
    }
)
"""What is said of a table that is not there, or is being created or deleted."""
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

    CONDITION = auto()
    """A condition was not met; nothing happened."""
    PASSING = auto()
    """Nothing happened, and the same attempt may work later."""
    LOST = auto()
    """It may have happened; no reply says so."""
    MISSING = auto()
    """Nothing happened, since a table is not there, or not yet."""
    FAULT = auto()
    """Nothing happened, nor will it until an operator mends something."""


class ForeignReplyError(BotoCoreError):
    """What answered is not AWS. Of botocore's family, so that its handlers need not know more."""

    fmt = "what answers there is not AWS's: {cause}"


@contextmanager
def foreign_replies_refused() -> Generator[None]:
    """Raise ForeignReplyError instead of any of the ``FOREIGN_ERRORS``.

    It goes around calls of AWS and around what reads their replies, and nothing else: a fault of
    our own must stay visible.
    """
    try:
        yield
    except (ClientError, BotoCoreError):
        # Some of them are of foreign families too.
        raise
    except FOREIGN_ERRORS as error:
        raise ForeignReplyError(cause=described(error)) from error


def one_line(text: str) -> str:
    """``text`` as one short line: what is not DynamoDB may say anything, such as a page of HTML."""
    line = " ".join(text.split())
    line = "".join(character if character.isprintable() else "?" for character in line)
    return line if len(line) <= _MAX_LINE else f"{line[:_MAX_LINE]}…"


def is_named(error: ClientError) -> bool:
    """Whether the error has a name, as every error of AWS's; botocore puts the status there."""
    return not error_code(error).isdigit()


def error_code(error: ClientError) -> str:
    """AWS's name for what is wrong, or what stands in its place, as text."""
    return _member(error, "Code")


def error_message(error: ClientError) -> str:
    """AWS's words for what is wrong, or what stands in their place, as text."""
    return _member(error, "Message")


def _member(error: ClientError, name: str) -> str:
    response: Mapping[str, Any] = error.response
    found = response.get("Error", {}).get(name, "")
    return one_line(found if isinstance(found, str) else repr(found))


def described(error: Exception) -> str:
    """The kind of ``error``, and what it says: some say nothing else."""
    return one_line(f"{type(error).__name__}: {error}")


@dataclass(frozen=True, slots=True)
class CallFailure:
    """One failed attempt."""

    kind: FailureKind
    cause: str
    """For the operator."""
    code: str = ""
    """Names the cause, without what differs from one request to the next."""
    index: int = 0
    """Which write of a transaction it was, in the order sent."""
    item: Item | None = None
    """The item that did not meet the condition, where one is there and was asked for."""


def failure_of(error: Exception) -> CallFailure:
    """What ``error``, one of ``ATTEMPT_ERRORS``, means."""
    if isinstance(error, ClientError):
        try:
            return _refusal(error.response)
        except FOREIGN_ERRORS:
            # Whatever holds numbers where names belong is not DynamoDB.
            return CallFailure(FailureKind.LOST, "an error reply that is not DynamoDB's")
    kind = FailureKind.FAULT
    if isinstance(error, _NOT_SENT):
        kind = FailureKind.PASSING
    elif isinstance(error, _REPLY_LOST) or not isinstance(error, BotoCoreError):
        kind = FailureKind.LOST
    return CallFailure(kind, described(error), type(error).__name__)


def _refusal(response: Mapping[str, Any]) -> CallFailure:
    error: Mapping[str, str] = response["Error"]
    for index, reason in enumerate(response.get("CancellationReasons", ())):
        # The first reason in the order sent decides, as if the writes were made one by one.
        if reason.get("Code", "None") != "None":
            cause = f"TransactionCanceledException, write {index}: {_text(reason)}"
            code = reason["Code"]
            return CallFailure(_kind(code, 400), cause, code, index, reason.get("Item"))
    metadata = response["ResponseMetadata"]
    status: int = metadata["HTTPStatusCode"]
    code = error["Code"]
    if code.isdigit():
        # DynamoDB names its errors. A 400 came damaged, and may hold somebody's data; any other
        # may be a page of HTML.
        kind = FailureKind.LOST if code == "400" else _kind(code, status)
        return CallFailure(kind, f"HTTP {code}, and the reply is not DynamoDB's", code)
    # AWS Support asks for the request's id.
    cause = f"HTTP {status}, {_text(error)} (request {metadata.get('RequestId', 'unnamed')})"
    return CallFailure(_kind(error["Code"], status), cause, error["Code"])


def _kind(code: str, status: int) -> FailureKind:
    if code in CONDITION_FAILED:
        return FailureKind.CONDITION
    if code in _MISSING:
        return FailureKind.MISSING
    if code in _PASSING or status == 429:  # noqa: PLR2004 (Too Many Requests)
        return FailureKind.PASSING
    # "When you receive a 500 on a write operation, the operation may have succeeded or failed"
    # (Amazon DynamoDB Developer Guide, "Error handling"); a proxy's 502 to 504 say no more.
    return FailureKind.LOST if status >= 500 else FailureKind.FAULT  # noqa: PLR2004


def _text(error: Mapping[str, str]) -> str:
    return f"{error['Code']}: {error.get('Message', '')}"
