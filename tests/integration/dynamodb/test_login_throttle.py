"""What the login throttle costs on DynamoDB, and how long it keeps a budget."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from support.builders.values import a_record, an_attempt
from support.consistency.sliding_window import admits, exhaust, later
from support.dynamodb.databases import local_client, local_database, moto_database

from cybershop_customer import Attempt, Charge, RateLimit
from cybershop_customer.adapters.dynamodb.database import Database
from cybershop_customer.adapters.dynamodb.gateway import (
    DynamoDBGateway,
    Expected,
    Reply,
    Request,
    RequestKind,
)
from cybershop_customer.adapters.dynamodb.keys import login_budget_key
from cybershop_customer.adapters.dynamodb.login_throttle import DynamoDBLoginThrottle


class CountingGateway(DynamoDBGateway):
    """Keeps the operations that were called."""

    def __init__(self, gateway: DynamoDBGateway) -> None:
        self.operations: list[str] = []
        self._gateway = gateway

    def call(
        self,
        operation: str,
        request: Request,
        kind: RequestKind,
        is_expected: Expected | None = None,
    ) -> Reply:
        self.operations.append(operation)
        return self._gateway.call(operation, request, kind, is_expected)


class Counted:
    """A login throttle, and what each call of it sends."""

    def __init__(self, database: Database) -> None:
        self._gateway = CountingGateway(database.gateway)
        prefix = database.customer_table.removesuffix("customer")
        self.throttle = DynamoDBLoginThrottle(Database(self._gateway, prefix))

    def sent_by(self, call: Callable[[], object]) -> list[str]:
        """The operations that ``call`` sends."""
        self._gateway.operations.clear()
        call()
        return self._gateway.operations.copy()


@contextmanager
def counted_moto() -> Iterator[Counted]:
    """On moto, which returns the item that did not meet a condition, as AWS does."""
    with moto_database() as database:
        yield Counted(database)


def test_a_full_budget_costs_one_write() -> None:
    with counted_moto() as counted:
        attempt = an_attempt()
        full_again = later(attempt, attempt.rate_limit.interval)

        for one in (attempt, full_again):
            assert counted.sent_by(lambda one=one: counted.throttle.charge(one)) == ["update_item"]


def test_a_budget_in_debt_costs_two_writes() -> None:
    with counted_moto() as counted:
        attempt = an_attempt()
        counted.throttle.charge(attempt)

        sent = counted.sent_by(lambda: counted.throttle.charge(attempt))

        assert sent == ["update_item"] * 2


def test_a_refusal_costs_one_write_and_no_read() -> None:
    with counted_moto() as counted:
        attempt = an_attempt()
        exhaust(counted.throttle, attempt)

        for _ in range(2):
            assert counted.sent_by(lambda: admits(counted.throttle, attempt)) == ["update_item"]


def test_a_time_beyond_the_budget_costs_another_write_once() -> None:
    with counted_moto() as counted:
        attempt = an_attempt()
        counted.throttle.charge(later(attempt, timedelta(days=1)))

        sent = [counted.sent_by(lambda: admits(counted.throttle, attempt)) for _ in range(2)]

        assert sent == [["update_item"] * 2, ["update_item"]]


@pytest.mark.dynamodb_local
def test_dynamodb_local_returns_no_item_so_a_refusal_costs_a_read_there() -> None:
    counted = Counted(local_database())
    attempt = an_attempt()
    exhaust(counted.throttle, attempt)

    sent = counted.sent_by(lambda: admits(counted.throttle, attempt))

    assert sent == ["update_item", "update_item", "get_item"]


def test_a_refund_costs_one_write_while_the_attempt_counts() -> None:
    with counted_moto() as counted:
        attempt = an_attempt()
        charge = counted.throttle.charge(attempt)
        end = charge.full_at

        assert counted.sent_by(lambda: counted.throttle.refund(charge, end)) == []
        assert counted.sent_by(lambda: counted.throttle.refund(charge, attempt.at)) == [
            "delete_item"
        ]


def test_a_refund_leaves_what_other_attempts_were_charged() -> None:
    with counted_moto() as counted:
        attempt = an_attempt()
        charge = counted.throttle.charge(attempt)
        counted.throttle.charge(attempt)

        assert counted.sent_by(lambda: counted.throttle.refund(charge, attempt.at)) == [
            "delete_item",
            "update_item",
        ]
        assert counted.throttle.charge(attempt).full_at == charge.full_at + (
            attempt.rate_limit.interval
        )


def test_a_reset_is_one_transaction() -> None:
    with counted_moto() as counted:
        keys = [an_attempt().key for _ in range(3)]

        sent = counted.sent_by(lambda: counted.throttle.reset(keys, a_record("zoe")))

        assert sent == ["transact_write_items"]


class Interrupted(DynamoDBLoginThrottle):
    """Another process changes the budget before each write of a charge, some times."""

    def __init__(self, database: Database, times: int) -> None:
        super().__init__(database)
        self._other = DynamoDBLoginThrottle(database)
        self._times = times

    def _charge_full(self, attempt: Attempt) -> Charge:
        if self._times:
            self._other.charge(attempt)
        return super()._charge_full(attempt)

    def _charge_in_debt(self, attempt: Attempt) -> Charge:
        if self._times:
            self._times -= 1
            self._other.reset([attempt.key], a_record("zoe"))
        return super()._charge_in_debt(attempt)


@pytest.mark.parametrize(("times", "admitted"), [(1, True), (9, True), (10, False)])
def test_a_charge_begins_anew_up_to_nine_times_if_the_budget_becomes_full_meanwhile(
    times: int, *, admitted: bool
) -> None:
    with moto_database() as database:
        throttle = Interrupted(database, times)

        assert admits(throttle, an_attempt()) is admitted


@pytest.mark.dynamodb_local
@pytest.mark.parametrize("charges", [1, 3])
def test_a_budget_is_kept_while_it_counts_and_for_a_day_at_most(charges: int) -> None:
    """A budget that is deleted while it counts would admit more attempts than the limit."""
    database, attempt = local_database(), an_attempt()
    throttle = DynamoDBLoginThrottle(database)

    charge = [throttle.charge(attempt) for _ in range(charges)][-1]

    item = local_client().get_item(
        TableName=database.customer_table, Key={"pk": {"S": login_budget_key(attempt.key)}}
    )["Item"]
    kept_until = int(item["ttl"]["N"])
    last = attempt.rate_limit.exhausted_at(attempt.at)
    assert charge.full_at.timestamp() < kept_until <= (last + timedelta(days=1)).timestamp()


def test_a_longer_window_is_kept_for_longer() -> None:
    week = replace(an_attempt(), rate_limit=RateLimit(4, timedelta(days=7)))
    with moto_database() as database:
        DynamoDBLoginThrottle(database).charge(week)
        item = database.get(login_budget_key(week.key), strong=True)

    assert item is not None
    assert int(item["ttl"]["N"]) > (week.at + timedelta(days=7)).timestamp()
