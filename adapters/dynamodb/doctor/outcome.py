"""What became of one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ..call_failure import ATTEMPT_ERRORS, error_code, error_message, foreign_replies_refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Outcome:
    """A reply of DynamoDB, its refusal, or an error of the connection."""

    reply: Mapping[str, Any] = field(default_factory=dict[str, Any])
    codes: tuple[str, ...] = ()
    """DynamoDB's name for why it refused, and those for each write of a transaction."""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    error: Exception | None = None
    """Why there is neither a reply nor a refusal."""

    @property
    def answered(self) -> bool:
        """Whether it was DynamoDB that answered, and not something else in its place."""
        return self.error is None and "x-amzn-requestid" in self.headers

    @property
    def refusal(self) -> str:
        """The refusal as a sentence."""
        return f"{', '.join(self.codes)}: {self.message}"


def call(client: "DynamoDBClient", operation: str, request: Mapping[str, Any]) -> Outcome:
    """Call it once; raises nothing."""
    try:
        with foreign_replies_refused():
            return _outcome(client, operation, request)
    except ATTEMPT_ERRORS as error:
        return Outcome(error=error)


def _outcome(client: "DynamoDBClient", operation: str, request: Mapping[str, Any]) -> Outcome:
    try:
        reply = getattr(client, operation)(**request)
    except ClientError as error:
        return Outcome(
            codes=(error_code(error), *_reasons(error.response)),
            message=error_message(error),
            headers=_headers(error.response),
        )
    return Outcome(reply=reply, headers=_headers(reply))


def _reasons(response: Mapping[str, Any]) -> list[str]:
    reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", ())]
    return [str(reason) for reason in reasons if reason != "None"]


def _headers(response: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        name.lower(): text
        for name, text in response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).items()
    }
