"""The login throttle on DynamoDB."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ...domain.attempt import Attempt, Charge
from ...domain.audit import AuditRecord
from ...domain.errors import TooManyAttemptsError
from ...ports.login_throttle import LoginThrottle
from .attributes import AttributeValue, duration, moment, number, read_moment, text
from .database import Database, Write
from .gateway import ConditionFailedError, Reply, RequestKind
from .keys import login_budget_key

_KEPT_SECONDS: Final = 24 * 60 * 60
"""How long a budget is kept after it is full; then DynamoDB deletes its item."""

_ROUNDS: Final = 10
"""How often one charge begins anew, if other processes change the same budget meanwhile.

Eight callers who charge and refund one budget at the same moment needed more than three.
"""


class DynamoDBLoginThrottle(LoginThrottle):
    """Counts attempts in ``database``: one item a budget, with the time at which it is full.

    An attempt on a full budget costs one conditional write, and on one in debt two. A refusal
    costs the write that found the budget used up, and no read, because DynamoDB returns the item
    that did not meet the condition. DynamoDB Local does not return it; there a refusal costs
    another write and a read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def charge(self, attempt: Attempt) -> Charge:
        full_at: datetime | None = None
        for _ in range(_ROUNDS):
            try:
                return self._charge_full(attempt)
            except ConditionFailedError as error:
                full_at = error.found_moment("full_at")
            if full_at is not None and attempt.counted_in(full_at) is None:
                break
            try:
                return self._charge_in_debt(attempt)
            except ConditionFailedError as error:
                full_at = error.found_moment("full_at") or self._read(attempt.key)
            if full_at is not None and attempt.counted_in(full_at) is None:
                break
            # Another process refunded an attempt or reset the budget meanwhile.
        if full_at is None:
            full_at = attempt.rate_limit.exhausted_at(attempt.at)
        if attempt.is_beyond(full_at):
            self._exhaust(attempt, full_at)
        raise TooManyAttemptsError(attempt.retry_after(full_at))

    def refund(self, charge: Charge, now: datetime) -> None:
        refundable = charge.refundable(now)
        if refundable and not self._delete_only_charge(charge):
            self._move_back(charge, refundable, now)

    def read(self, keys: Collection[str]) -> Mapping[str, datetime]:
        found = {key: self._read(key) for key in keys}
        return {key: full_at for key, full_at in found.items() if full_at is not None}

    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        self._database.transact(record, *budget_resets(self._database.customer_table, keys))

    def _delete_only_charge(self, charge: Charge) -> bool:
        """Delete a budget that holds nothing but ``charge``; return whether it did.

        What stays would count for someone whose clock is behind: as a time beyond the budget.
        """
        attempt = charge.attempt
        if charge.full_at != attempt.at + attempt.rate_limit.interval:
            return False
        request = {
            "TableName": self._database.customer_table,
            "Key": {"pk": text(login_budget_key(attempt.key))},
            "ConditionExpression": "#full_at = :full_at",
            "ExpressionAttributeNames": {"#full_at": "full_at"},
            "ExpressionAttributeValues": {":full_at": moment(charge.full_at)},
        }
        try:
            self._database.gateway.call("delete_item", request, RequestKind.NON_IDEMPOTENT_WRITE)
        except ConditionFailedError:
            return False
        return True

    def _move_back(self, charge: Charge, refundable: timedelta, now: datetime) -> None:
        try:
            # Sent again it might take back another caller's charge, and admit one too many.
            self._update(
                charge.attempt.key,
                "SET #full_at = #full_at - :refundable",
                "#full_at > :now",
                {":refundable": duration(refundable), ":now": moment(now)},
                kind=RequestKind.NON_IDEMPOTENT_WRITE,
            )
        except ConditionFailedError:
            return  # The budget is full, or was reset.

    def _charge_full(self, attempt: Attempt) -> Charge:
        """Charge a budget that is full, or raise ConditionFailedError."""
        full_at = attempt.at + attempt.rate_limit.interval
        # Sent again after a lost reply it fails, and the attempt may be counted twice. That
        # admits fewer attempts, never more.
        self._update(
            attempt.key,
            "SET #full_at = :next, #ttl = :ttl",
            "attribute_not_exists(#full_at) OR #full_at <= :now",
            {":next": moment(full_at), ":now": moment(attempt.at), ":ttl": _ttl(attempt)},
        )
        return Charge(attempt, full_at)

    def _charge_in_debt(self, attempt: Attempt) -> Charge:
        """Charge a budget that is neither full nor used up, or raise ConditionFailedError."""
        limit = attempt.rate_limit
        reply = self._update(
            attempt.key,
            "SET #full_at = #full_at + :interval, #ttl = :ttl",
            "#full_at > :now AND #full_at <= :latest",
            {
                ":interval": duration(limit.interval),
                ":now": moment(attempt.at),
                ":latest": moment(limit.latest_full_at(attempt.at)),
                ":ttl": _ttl(attempt),
            },
            returned="UPDATED_NEW",
        )
        return Charge(attempt, read_moment(reply["Attributes"], "full_at"))

    def _exhaust(self, attempt: Attempt, full_at: datetime) -> None:
        """Let the budget count as used up now, because ``full_at`` is beyond that."""
        try:
            self._update(
                attempt.key,
                "SET #full_at = :exhausted, #ttl = :ttl",
                "#full_at = :full_at",
                {
                    ":exhausted": moment(attempt.rate_limit.exhausted_at(attempt.at)),
                    ":full_at": moment(full_at),
                    ":ttl": _ttl(attempt),
                },
            )
        except ConditionFailedError:
            return  # Another process has done so.

    def _update(
        self,
        key: str,
        expression: str,
        condition: str,
        values: Mapping[str, AttributeValue],
        *,
        kind: RequestKind = RequestKind.IDEMPOTENT_WRITE,
        returned: str = "NONE",
    ) -> Reply:
        """Change one budget, or raise ConditionFailedError with the budget that was found."""
        names = {"#full_at": "full_at"}
        if ":ttl" in values:
            names["#ttl"] = "ttl"
        request = {
            "TableName": self._database.customer_table,
            "Key": {"pk": text(login_budget_key(key))},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ReturnValues": returned,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

        def is_expected(reply: Reply) -> bool:
            return returned == "NONE" or "full_at" in reply.get("Attributes", {})

        return self._database.gateway.call("update_item", request, kind, is_expected)

    def _read(self, key: str) -> datetime | None:
        item = self._database.get(login_budget_key(key), strong=True)
        return None if item is None else read_moment(item, "full_at")


def budget_resets(table: str, keys: Collection[str]) -> list[Write]:
    """The writes of a transaction that make the budgets of these ``keys`` full."""
    resets: list[dict[str, Any]] = [
        {"TableName": table, "Key": {"pk": text(login_budget_key(key))}} for key in keys
    ]
    return [{"Delete": reset} for reset in resets]


def _ttl(attempt: Attempt) -> AttributeValue:
    exhausted_at = attempt.rate_limit.exhausted_at(attempt.at)
    return number(int(exhausted_at.timestamp()) + _KEPT_SECONDS)
