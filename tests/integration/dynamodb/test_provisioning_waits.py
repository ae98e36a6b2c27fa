"""How long the provisioning waits for tables. A fake store has the states, and no test sleeps."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.doubles.manual_time import ManualTime
from support.dynamodb.databases import moto_database

from cybershop_customer import StoreFaultError
from cybershop_customer.adapters.dynamodb.provisioning.provisioner import apply_plans, create_tables
from cybershop_customer.adapters.dynamodb.provisioning.table_steps import Step
from cybershop_customer.ports.table_plan import TablePlan


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)


class FakeStore:
    """DynamoDB with one table. Each description shows the next state; the last one stays."""

    def __init__(self, *states: str | None, backups_unavailable: int = 0) -> None:
        self._states = list(states)
        self._backups_unavailable = backups_unavailable
        self.taken: list[str] = []

    def describe_table(self, **_: object) -> dict[str, Any]:
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        if state is None:
            raise refusal("ResourceNotFoundException", "DescribeTable")
        return {"Table": {"TableStatus": state}}

    def create_table(self, **_: object) -> None:
        self.taken.append("create")

    def delete_table(self, **_: object) -> None:
        self.taken.append("delete")

    def update_continuous_backups(self, **_: object) -> None:
        if self._backups_unavailable:
            self._backups_unavailable -= 1
            raise refusal("ContinuousBackupsUnavailableException", "UpdateContinuousBackups")
        self.taken.append("backups")


class CreatedByAnotherProgram(FakeStore):
    """A store in which another program creates the table first."""

    def create_table(self, **_: object) -> None:
        raise refusal("ResourceInUseException", "CreateTable")


class ForbiddenStore(FakeStore):
    """A store that allows nothing."""

    def describe_table(self, **_: object) -> dict[str, Any]:
        raise refusal("AccessDeniedException", "DescribeTable")

    def create_table(self, **_: object) -> None:
        raise refusal("AccessDeniedException", "CreateTable")


def plan(*operations: str, present: bool = True) -> list[TablePlan]:
    steps = tuple(Step(f"try {operation}", operation, {}) for operation in operations)
    return [TablePlan("shop-logger", steps, present=present)]


def seconds_waited(store: Any, plans: list[TablePlan]) -> float:
    """Apply ``plans``, and return how many seconds that waited."""
    time = ManualTime()
    apply_plans(store, plans, sleep=time.sleep)
    return sum(time.pauses)


def test_waits_until_a_new_table_can_be_used() -> None:
    store = FakeStore(None, "CREATING", "CREATING", "ACTIVE")

    assert seconds_waited(store, plan("create_table")) == 3
    assert store.taken == ["create"]


def test_waits_for_a_table_that_another_program_creates() -> None:
    assert seconds_waited(FakeStore("CREATING", "ACTIVE"), plan()) == 1
    assert seconds_waited(CreatedByAnotherProgram("CREATING", "ACTIVE"), plan("create_table")) == 1


def test_waits_until_a_deleted_table_is_gone() -> None:
    store = FakeStore("DELETING", "DELETING", None)

    assert seconds_waited(store, plan("delete_table", present=False)) == 2
    assert store.taken == ["delete"]


def test_does_not_wait_for_a_table_that_never_existed() -> None:
    assert seconds_waited(FakeStore(None), plan(present=False)) == 0


def test_waits_until_a_new_table_accepts_backups() -> None:
    store = FakeStore("ACTIVE", backups_unavailable=2)

    assert seconds_waited(store, plan("update_continuous_backups")) == 2
    assert store.taken == ["backups"]


@pytest.mark.parametrize(
    ("store", "plans", "message"),
    [
        (FakeStore("CREATING"), plan(), "the table shop-logger is still not active"),
        (FakeStore("DELETING"), plan(present=False), "the table shop-logger is still not deleted"),
        (
            FakeStore("ACTIVE", backups_unavailable=1000),
            plan("update_continuous_backups"),
            "DynamoDB still refuses this step: try update_continuous_backups",
        ),
    ],
)
def test_gives_up_after_five_minutes(
    store: FakeStore, plans: list[TablePlan], message: str
) -> None:
    with pytest.raises(TimeoutError, match=f"after 300 seconds {message}"):
        seconds_waited(store, plans)


@pytest.mark.parametrize("plans", [plan(), plan("create_table")])
def test_does_not_wait_if_it_has_no_right(plans: list[TablePlan]) -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        seconds_waited(ForbiddenStore(None), plans)


def test_a_table_with_another_key_is_an_obstacle() -> None:
    with moto_database() as database:
        client = database.gateway._client
        client.create_table(
            TableName="wrong-customer",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )

        with pytest.raises(StoreFaultError, match=r"wrong-customer: its key is id \(S, HASH\)"):
            create_tables(client, "wrong-")

        assert "wrong-logger" not in client.list_tables()["TableNames"]
