"""The login throttle on DynamoDB."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from ...domain.attempt import Attempt
from ...domain.audit import AuditRecord
from ...ports.login_throttle import LoginThrottle
from .attributes import AttributeValue, microseconds, moment, number, read_moment, text
from .database import Database, Write
from .gateway import ConditionFailedError, RequestKind
from .keys import login_budget_key

_KEPT_SECONDS: Final = 24 * 60 * 60
"""How long a budget is kept after it is full; then DynamoDB deletes its item."""

_ROUNDS: Final = 3
"""How often one charge begins anew, if other processes change the same budget meanwhile."""


class DynamoDBLoginThrottle(LoginThrottle):
    """Counts attempts in ``database``: one item a name, with the time when its budget is full.

    A fresh name costs one conditional write, and a name that failed lately two. A refusal costs
    the write that found the budget used up. It costs no read, since DynamoDB returns the item
    that did not meet the condition. DynamoDB Local does not return it; there it costs a read.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def charge(self, attempt: Attempt) -> int:
        full_at: datetime | None = None
        for _ in range(_ROUNDS):
            # Sent again after a lost reply it may count twice. That admits fewer, never more.
            error = self._start(attempt)
            if error is None:
                return 0
            full_at = error.found_moment("full_at")
            if full_at is None or attempt.counted_in(full_at) is not None:
                error = self._add(attempt)
                if error is None:
                    return 0
                full_at = error.found_moment("full_at") or self._read(attempt.key)
            # Another process may have refunded an attempt, or reset the budget.
            if full_at is not None and attempt.counted_in(full_at) is None:
                break
        full_at = full_at or attempt.exhausted_at
        if attempt.is_beyond(full_at):
            self._lower(attempt, full_at)
        return attempt.retry_after(full_at)

    def refund(self, attempt: Attempt, now: datetime) -> None:
        if now >= attempt.full_at:
            return
        # Sent again it might take back another caller's charge, and admit one too many.
        self._update(
            attempt.key,
            "ADD #full_at :change",
            "#full_at > :now",
            {":change": number(-_interval(attempt)), ":now": moment(now)},
            kind=RequestKind.NON_IDEMPOTENT_WRITE,
        )

    def reset(self, keys: Collection[str], record: AuditRecord) -> None:
        self._database.transact(record, *budget_deletions(self._database, keys))

    def _start(self, attempt: Attempt) -> ConditionFailedError | None:
        """Charge a budget that is full; the error if it is not."""
        return self._update(
            attempt.key,
            "SET #full_at = :next, #ttl = :ttl",
            "attribute_not_exists(#full_at) OR #full_at <= :now",
            {":next": moment(attempt.full_at), ":now": moment(attempt.at), ":ttl": _ttl(attempt)},
        )

    def _add(self, attempt: Attempt) -> ConditionFailedError | None:
        """Charge a budget that is not full; the error if it is full or used up."""
        latest = attempt.rate_limit.latest_full_at(attempt.at)
        return self._update(
            attempt.key,
            "ADD #full_at :change SET #ttl = :ttl",
            "#full_at > :now AND #full_at <= :latest",
            {
                ":change": number(_interval(attempt)),
                ":now": moment(attempt.at),
                ":latest": moment(latest),
                ":ttl": _ttl(attempt),
            },
        )

    def _lower(self, attempt: Attempt, full_at: datetime) -> None:
        """Let the budget count as used up now, where a wrong clock has shut it for longer."""
        self._update(
            attempt.key,
            "SET #full_at = :exhausted, #ttl = :ttl",
            "#full_at = :full_at",
            {
                ":exhausted": moment(attempt.exhausted_at),
                ":full_at": moment(full_at),
                ":ttl": _ttl(attempt),
            },
        )

    def _update(
        self,
        key: str,
        expression: str,
        condition: str,
        values: Mapping[str, AttributeValue],
        *,
        kind: RequestKind = RequestKind.IDEMPOTENT_WRITE,
    ) -> ConditionFailedError | None:
        """Change one budget; the error if it does not meet ``condition``."""
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
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            self._database.gateway.call("update_item", request, kind)
        except ConditionFailedError as error:
            return error
        return None

    def _read(self, key: str) -> datetime | None:
        item = self._database.get(login_budget_key(key), strong=True)
        return None if item is None else read_moment(item, "full_at")


def budget_deletions(database: Database, keys: Collection[str]) -> list[Write]:
    """The writes of a transaction that make these budgets full."""
    table = database.customer_table
    return [
        {"Delete": {"TableName": table, "Key": {"pk": text(login_budget_key(key))}}} for key in keys
    ]


def _interval(attempt: Attempt) -> int:
    """How far one attempt moves the time, in microseconds."""
    return microseconds(attempt.at + attempt.rate_limit.interval) - microseconds(attempt.at)


def _ttl(attempt: Attempt) -> AttributeValue:
    return number(int(attempt.exhausted_at.timestamp()) + _KEPT_SECONDS)
