"""The login throttle on DynamoDB."""

from typing import Any, Final

from ...domain.login_attempt import LoginAttempt
from ...ports.login_throttle import LoginThrottle
from .attributes import number, text
from .database import Database
from .gateway import ConditionFailedError, RequestKind
from .keys import login_attempts_key, window_end

_KEPT_SECONDS: Final = 24 * 60 * 60
"""How long a counter outlives its window. DynamoDB deletes it some time later."""


class DynamoDBLoginThrottle(LoginThrottle):
    """Counts attempts in the table ``customer``.

    A name has one item for each window. An attempt is one conditional write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def charge(self, attempt: LoginAttempt) -> bool:
        if attempt.limit < 1:
            return False
        change = {
            "UpdateExpression": "ADD #attempts :one SET #ttl = :ttl",
            "ConditionExpression": "attribute_not_exists(#attempts) OR #attempts < :limit",
            "ExpressionAttributeNames": {"#attempts": "attempts", "#ttl": "ttl"},
            "ExpressionAttributeValues": {
                ":one": number(1),
                ":limit": number(attempt.limit),
                ":ttl": number(window_end(attempt) + _KEPT_SECONDS),
            },
        }
        # A retry after a lost reply may count twice. That admits fewer attempts, never more.
        return self._update(attempt, change, RequestKind.IDEMPOTENT_WRITE)

    def refund(self, attempt: LoginAttempt) -> None:
        change = {
            "UpdateExpression": "ADD #attempts :minus_one",
            "ConditionExpression": "#attempts > :zero",
            "ExpressionAttributeNames": {"#attempts": "attempts"},
            "ExpressionAttributeValues": {":minus_one": number(-1), ":zero": number(0)},
        }
        # A retry could refund another caller's charge, and admit one attempt too many.
        self._update(attempt, change, RequestKind.NON_IDEMPOTENT_WRITE)

    def _update(self, attempt: LoginAttempt, change: dict[str, Any], kind: RequestKind) -> bool:
        key = {"pk": text(login_attempts_key(attempt))}
        request = {"TableName": self._database.customer_table, "Key": key, **change}
        try:
            self._database.gateway.call("update_item", request, kind)
        except ConditionFailedError:
            return False
        return True
