"""What became of one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ..failure import ATTEMPT_ERRORS

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
        reply = getattr(client, operation)(**request)
    except ClientError as error:
        response: Mapping[str, Any] = error.response
        return Outcome(
            codes=_codes(response),
            message=response.get("Error", {}).get("Message", ""),
            headers=_headers(response),
        )
    except ATTEMPT_ERRORS as error:
        return Outcome(error=error)
    return Outcome(reply=reply, headers=_headers(reply))


def _codes(response: Mapping[str, Any]) -> tuple[str, ...]:
    reasons = [reason.get("Code", "None") for reason in response.get("CancellationReasons", ())]
    return (
        response.get("Error", {}).get("Code", ""),
        *(reason for reason in reasons if reason != "None"),
    )


def _headers(response: Mapping[str, Any]) -> Mapping[str, str]:
    return {
        name.lower(): text
        for name, text in response.get("ResponseMetadata", {}).get("HTTPHeaders", {}).items()
    }
