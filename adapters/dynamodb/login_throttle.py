"""The counter of login attempts, on DynamoDB."""

from typing import Any, Final

from ...domain.login_attempt import LoginAttempt
from ...ports.login_throttle import LoginThrottle
from .attributes import number, text
from .database import Database
from .gateway import ConditionFailedError, Effect
from .keys import login_attempts_key, window_end

_KEPT_SECONDS: Final = 24 * 60 * 60
"""DynamoDB deletes a counter some time after this, once its window has ended."""


class DynamoDBLoginThrottle(LoginThrottle):
    """Counts attempts in ``database``: one item a window, one conditional write an attempt."""

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
        # Sent again after a lost reply it may count twice. That admits fewer, never more.
        return self._update(attempt, change, Effect.WRITE)

    def refund(self, attempt: LoginAttempt) -> None:
        change = {
            "UpdateExpression": "ADD #attempts :minus_one",
            "ConditionExpression": "#attempts > :zero",
            "ExpressionAttributeNames": {"#attempts": "attempts"},
            "ExpressionAttributeValues": {":minus_one": number(-1), ":zero": number(0)},
        }
        # Sent again it might take back somebody else's charge, and admit one too many.
        self._update(attempt, change, Effect.WRITE_ONCE)

    def _update(self, attempt: LoginAttempt, change: dict[str, Any], effect: Effect) -> bool:
        key = {"pk": text(login_attempts_key(attempt))}
        request = {"TableName": self._database.customer_table, "Key": key, **change}
        try:
            self._database.gateway.call("update_item", request, effect)
        except ConditionFailedError:
            return False
        return True
