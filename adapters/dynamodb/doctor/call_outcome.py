"""Makes one call, and returns its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ..call_failure import ATTEMPT_ERRORS, error_code, error_message, refuse_foreign_replies

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """A reply of DynamoDB, a refusal, or an error of the connection."""

    reply: Mapping[str, Any] = field(default_factory=dict[str, Any])
    codes: tuple[str, ...] = ()
    """The error code of a refusal, and those of the writes of a transaction."""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    error: Exception | None = None
    """The error of the connection, if there is neither a reply nor a refusal."""

    @property
    def is_from_dynamodb(self) -> bool:
        """Whether DynamoDB answered, and not another server or no server."""
        return self.error is None and "x-amzn-requestid" in self.headers

    @property
    def refusal(self) -> str:
        """The codes and the message of a refusal."""
        return f"{', '.join(self.codes)}: {self.message}"


def call_once(client: "DynamoDBClient", operation: str, request: Mapping[str, Any]) -> CallOutcome:
    """Call ``operation`` without a retry. Returns errors of the call, and raises none."""
    try:
        with refuse_foreign_replies():
            return _outcome(client, operation, request)
    except ATTEMPT_ERRORS as error:
        return CallOutcome(error=error)


def _outcome(client: "DynamoDBClient", operation: str, request: Mapping[str, Any]) -> CallOutcome:
    try:
        reply = getattr(client, operation)(**request)
    except ClientError as error:
        return CallOutcome(
            codes=(error_code(error), *_reasons(error.response)),
            message=error_message(error),
            headers=_headers(error.response),
        )
    return CallOutcome(reply=reply, headers=_headers(reply))


def _reasons(response: Mapping[str, Any]) -> list[str]:
    reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", ())]
    return [str(reason) for reason in reasons if reason != "None"]


def _headers(response: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        name.lower(): text
        for name, text in response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).items()
    }
